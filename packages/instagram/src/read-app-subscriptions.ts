import { z } from 'zod'
import { callGraph } from './call-graph.ts'
import { facebookAppOf } from './graph-context.ts'
import type { CallOptions, GraphContext } from './graph-context.ts'
import { optionalText, parseReply } from './reply-schemas.ts'
import { Secret } from './secret.ts'

/** What the Meta app itself is subscribed to: both levels, app and account, must agree. */
export interface AppSubscription {
  readonly object: string | undefined
  readonly callbackUrl: string | undefined
  readonly isActive: boolean
  readonly fields: readonly string[]
}

const Reply = z.object({
  data: z.array(
    z.object({
      object: optionalText,
      callback_url: optionalText,
      active: z.boolean().optional(),
      fields: z
        .array(z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]))
        .optional(),
    }),
  ),
})

/**
 * The app's webhook settings, as its dashboard shows them; asked with the app's own token.
 * Source: Meta's SDK specifications (`/{app-id}/subscriptions`), read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function readAppSubscriptions(
  context: GraphContext,
  options?: CallOptions,
): Promise<readonly AppSubscription[]> {
  const { id, secret } = facebookAppOf(context)
  const { json } = await callGraph(
    context,
    {
      login: 'facebook',
      method: 'GET',
      path: `/${id}/subscriptions`,
      token: new Secret(`${id}|${secret.reveal()}`),
      tokenIn: 'query',
    },
    options,
  )
  return parseReply(Reply, json).data.map((row) => ({
    object: row.object,
    callbackUrl: row.callback_url,
    isActive: row.active ?? true,
    fields: row.fields ?? [],
  }))
}
