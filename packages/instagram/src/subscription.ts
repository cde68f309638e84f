import { z } from 'zod'
import { callGraph } from './call-graph.ts'
import type { ActingNode, CallOptions, GraphContext } from './graph-context.ts'
import { anyId, parseReply } from './reply-schemas.ts'

/** One app that receives the node's webhooks. */
export interface Subscription {
  readonly appId: string | undefined
  /** Empty when Meta does not list them. */
  readonly fields: readonly string[]
}

/**
 * Enables webhooks of an account or page for the token's app. Send the full list each time: whether a
 * POST adds or replaces is not documented. The id form is used because `/me` was refused in the wild.
 * Source: /documentation/instagram-platform/webhooks, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function subscribe(
  context: GraphContext,
  node: ActingNode,
  fields: readonly string[],
  options?: CallOptions,
): Promise<void> {
  await call(context, node, 'POST', { subscribed_fields: fields.join(',') }, options)
}

const Row = z
  .object({
    app_id: anyId.optional().catch(undefined),
    id: anyId.optional().catch(undefined),
    // Strings on both hosts; objects with a name have been seen on the page edge.
    subscribed_fields: z
      .array(z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]))
      .optional(),
  })
  .transform((row): Subscription => ({
    appId: row.app_id ?? row.id,
    fields: row.subscribed_fields ?? [],
  }))

/** Every app subscribed to the node; ours is among them or webhooks will not come. Throws as above. */
export async function readSubscriptions(
  context: GraphContext,
  node: ActingNode,
  options?: CallOptions,
): Promise<readonly Subscription[]> {
  const json = await call(context, node, 'GET', {}, options)
  return parseReply(z.object({ data: z.array(Row) }), json).data
}

/** Ends the webhooks of the node for the token's app. Throws as above. */
export async function unsubscribe(
  context: GraphContext,
  node: ActingNode,
  options?: CallOptions,
): Promise<void> {
  await call(context, node, 'DELETE', {}, options)
}

async function call(
  context: GraphContext,
  node: ActingNode,
  method: 'GET' | 'POST' | 'DELETE',
  query: Readonly<Record<string, string>>,
  options: CallOptions | undefined,
): Promise<unknown> {
  const { json } = await callGraph(
    context,
    {
      login: node.login,
      method,
      path: `/${encodeURIComponent(node.id)}/subscribed_apps`,
      query,
      token: node.token,
      tokenIn: 'query',
    },
    options,
  )
  return json
}
