import type { Box } from '#box.ts'
import type { Delivery } from './webhook-outbox.ts'

/**
 * After `disableAfterMs` of nothing but failures Meta takes the account's subscription away; it has
 * to be made again. Measured from the first failed attempt of the oldest delivery still waiting.
 */
export function watchFailures(box: Box, delivery: Delivery): void {
  const { disableAfterMs } = box.world.switches
  const firstFailure = delivery.attempts[0]
  if (delivery.state !== 'delivered' && disableAfterMs !== null && firstFailure) {
    const failingMs = box.clock.now() - firstFailure.atMs
    const hasSucceededSince = box.outbox.deliveries.some(
      (other) => other.state === 'delivered' && lastAttemptAt(other) > firstFailure.atMs,
    )
    if (failingMs >= disableAfterMs && !hasSucceededSince) disable(box, delivery)
  }
  box.changes.tell()
}

const lastAttemptAt = (delivery: Delivery) => delivery.attempts.at(-1)?.atMs ?? 0

function disable(box: Box, { app, accountKeys }: Delivery): void {
  const before = box.world.subscriptions.length
  box.world.subscriptions = box.world.subscriptions.filter(
    (subscription) => subscription.app !== app || !accountKeys.includes(subscription.accountKey),
  )
  if (box.world.subscriptions.length < before) {
    box.log(`webhooks disabled: ${accountKeys.join()} is unsubscribed from the ${app} app`)
  }
}
