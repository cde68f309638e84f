import { GraphError } from '@parley/instagram/graph-error.ts'
import type { ActingNode } from '@parley/instagram/graph-context.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { SubscriptionFacts } from '#connections/schema.ts'
import type { Ports } from '#ports/ports.ts'

/** Subscribing twice is the same as once, so a passing failure is worth one repeat. */
const ATTEMPTS = 2

/**
 * Subscribes the account and reads back what Meta will deliver: only what was read counts.
 *
 * @returns not subscribed, when Meta refused, did not answer, or named fewer fields than asked.
 */
export async function subscribeAccount(
  ports: Pick<Ports, 'graph' | 'clock' | 'log'>,
  input: { node: ActingNode; appId: string; fields: readonly string[] },
): Promise<SubscriptionFacts> {
  const { node, appId, fields } = input
  const checkedAt = new Date(ports.clock.now())
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await ports.graph.subscribe(node, fields)
      const own = (await ports.graph.readSubscriptions(node)).find((app) => app.appId === appId)
      // Some hosts name the app without its fields.
      const seen = own === undefined || own.fields.length > 0 ? (own?.fields ?? []) : fields
      const isComplete = fields.every((field) => seen.includes(field))
      return { isSubscribed: own !== undefined && isComplete, fields: seen, checkedAt }
    } catch (error) {
      if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
      ports.log.warn({ login: node.login, attempt, error: error.message }, 'subscribing failed')
    }
  }
  return { isSubscribed: false, fields: [], checkedAt }
}
