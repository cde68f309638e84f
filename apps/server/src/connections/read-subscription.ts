import type { ActingNode } from '@parley/instagram/graph-context.ts'
import type { Ports } from '#ports/ports.ts'
import type { SubscriptionFacts } from './schema.ts'

/**
 * What Meta will deliver, by its own word: subscribed only when our app is there with every field.
 *
 * @throws GraphError | HttpFailure
 */
export async function readSubscription(
  ports: Pick<Ports, 'graph' | 'clock'>,
  input: { node: ActingNode; appId: string; fields: readonly string[] },
): Promise<SubscriptionFacts> {
  const { node, appId, fields } = input
  const own = (await ports.graph.readSubscriptions(node)).find((app) => app.appId === appId)
  // Some hosts name the app without its fields.
  const seen = own === undefined || own.fields.length > 0 ? (own?.fields ?? []) : fields
  const isComplete = fields.every((field) => seen.includes(field))
  const checkedAt = new Date(ports.clock.now())
  return { isSubscribed: own !== undefined && isComplete, fields: seen, checkedAt }
}
