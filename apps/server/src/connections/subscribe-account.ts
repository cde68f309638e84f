import { GraphError } from '@parley/instagram/graph-error.ts'
import type { ActingNode } from '@parley/instagram/graph-context.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Ports } from '#ports/ports.ts'
import { readSubscription } from './read-subscription.ts'
import type { SubscriptionFacts } from './schema.ts'

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
  const { node, fields } = input
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await ports.graph.subscribe(node, fields)
      return await readSubscription(ports, input)
    } catch (error) {
      if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
      ports.log.warn({ login: node.login, attempt, error: error.message }, 'subscribing failed')
    }
  }
  return { isSubscribed: false, fields: [], checkedAt: new Date(ports.clock.now()) }
}
