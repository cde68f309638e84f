import { z } from 'zod'
import { callGraph } from './call-graph.ts'
import type { CallOptions, GraphContext } from './graph-context.ts'
import { parseReply } from './reply-schemas.ts'
import type { Secret } from './secret.ts'

/** What a person granted and declined; Facebook Login only, Instagram says it at the exchange. */
export interface Permissions {
  readonly granted: readonly string[]
  /** Declined or expired. */
  readonly missing: readonly string[]
}

const PermissionsReply = z.object({
  data: z.array(z.object({ permission: z.string(), status: z.string() })),
})

/**
 * `/me/permissions` of a Facebook user token.
 * Source: /facebook-login/guides/permissions/request-revoke, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function readPermissions(
  context: GraphContext,
  userToken: Secret,
  options?: CallOptions,
): Promise<Permissions> {
  const { json } = await callGraph(
    context,
    {
      login: 'facebook',
      method: 'GET',
      path: '/me/permissions',
      token: userToken,
      tokenIn: 'query',
    },
    options,
  )
  const { data } = parseReply(PermissionsReply, json)
  const namesOf = (isGranted: boolean): string[] =>
    data.filter((row) => (row.status === 'granted') === isGranted).map((row) => row.permission)
  return { granted: namesOf(true), missing: namesOf(false) }
}

/**
 * Takes the app's permissions back and kills the person's tokens with them. Meta answers a bare `true` or
 * `{"success":true}`; both arrive here as no error. Throws as `readPermissions`.
 */
export async function revokePermissions(
  context: GraphContext,
  userToken: Secret,
  options?: CallOptions,
): Promise<void> {
  await callGraph(
    context,
    {
      login: 'facebook',
      method: 'DELETE',
      path: '/me/permissions',
      token: userToken,
      tokenIn: 'query',
    },
    options,
  )
}
