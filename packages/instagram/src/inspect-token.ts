import { z } from 'zod'
import { callGraph } from './call-graph.ts'
import { facebookAppOf } from './graph-context.ts'
import type { CallOptions, GraphContext } from './graph-context.ts'
import { readEmbeddedError } from './graph-error.ts'
import { anyId, optionalText, parseReply } from './reply-schemas.ts'
import { Secret } from './secret.ts'

/** What Meta knows about a Facebook token. Instagram-Login tokens cannot be inspected. */
export interface TokenInspection {
  readonly isValid: boolean
  readonly appId: string | undefined
  readonly application: string | undefined
  /** `USER`, `PAGE`, `APP`, `SYSTEM_USER`. */
  readonly type: string | undefined
  /** App-scoped id of the person. */
  readonly userId: string | undefined
  /** The page, of page tokens. */
  readonly profileId: string | undefined
  readonly scopes: readonly string[]
  /** Per scope the pages or accounts that were ticked; `undefined` ids mean all. */
  readonly granularScopes: readonly {
    readonly scope: string
    readonly targetIds: readonly string[] | undefined
  }[]
  /** `never` when Meta says 0, as for page tokens. */
  readonly expiresAtMs: number | 'never' | undefined
  readonly dataAccessExpiresAtMs: number | undefined
  readonly issuedAtMs: number | undefined
  /** Why it is not valid. */
  readonly error: { readonly code?: number; readonly subcode?: number } | undefined
}

const seconds = z.number().int().nonnegative().optional().catch(undefined)

const InspectionReply = z.object({
  data: z.object({
    is_valid: z.boolean().optional(),
    app_id: anyId.optional().catch(undefined),
    application: optionalText,
    type: optionalText,
    user_id: anyId.optional().catch(undefined),
    profile_id: anyId.optional().catch(undefined),
    scopes: z.array(z.string()).optional(),
    granular_scopes: z
      .array(z.object({ scope: z.string(), target_ids: z.array(anyId).optional() }))
      .optional(),
    expires_at: seconds,
    data_access_expires_at: seconds,
    issued_at: seconds,
    error: z.unknown().optional(),
  }),
})

/**
 * `debug_token`, asked with the app's own token. Must be called with tokens of the configured Facebook app;
 * for another app's token Meta refuses.
 * Source: /docs/graph-api/reference/debug_token, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function inspectFacebookToken(
  context: GraphContext,
  token: Secret,
  options?: CallOptions,
): Promise<TokenInspection> {
  const app = facebookAppOf(context)
  const { json } = await callGraph(
    context,
    {
      login: 'facebook',
      method: 'GET',
      path: '/debug_token',
      query: { input_token: token.reveal() },
      token: new Secret(`${app.id}|${app.secret.reveal()}`),
      tokenIn: 'query',
    },
    options,
  )
  const { data } = parseReply(InspectionReply, json)
  return {
    isValid: data.is_valid ?? false,
    appId: data.app_id,
    application: data.application,
    type: data.type,
    userId: data.user_id,
    profileId: data.profile_id,
    scopes: data.scopes ?? [],
    granularScopes: (data.granular_scopes ?? []).map(({ scope, target_ids }) => ({
      scope,
      targetIds: target_ids,
    })),
    expiresAtMs: data.expires_at === 0 ? 'never' : inMs(data.expires_at),
    dataAccessExpiresAtMs: inMs(data.data_access_expires_at),
    issuedAtMs: inMs(data.issued_at),
    error: readEmbeddedError(data.error),
  }
}

/** 0 stands for "no such date". */
function inMs(unixSeconds: number | undefined): number | undefined {
  return unixSeconds === undefined || unixSeconds === 0 ? undefined : unixSeconds * 1000
}
