import assert from 'node:assert/strict'
import { readDelivery } from '@parley/instagram/webhook.ts'
import type { DeliveryEntry } from '@parley/instagram/webhook.ts'
import type { WebhookEvent } from '@parley/instagram/webhook-event.ts'

/** Made-up deliveries. */
export const ACCOUNT = '17841400000000001'
export const PERSON = '9001'
export const AT = 1795000000123

export function entriesOf(body: unknown): readonly DeliveryEntry[] {
  const reading = readDelivery(Buffer.from(JSON.stringify(body)))
  assert.ok(reading.ok)
  return reading.entries
}

export const delivery = (...entries: unknown[]) => ({ object: 'instagram', entry: entries })
export const entry = (content: object) => ({ id: ACCOUNT, time: 1795000000500, ...content })
export const item = (content: object) => ({
  sender: { id: PERSON },
  recipient: { id: ACCOUNT },
  timestamp: AT,
  ...content,
})

/** The one event of a messaging item, without the keys that have no value. */
export function eventOf(content: object): WebhookEvent {
  const [first] = entriesOf(delivery(entry({ messaging: [item(content)] })))
  return only(first)
}

export function only(from: DeliveryEntry | undefined): WebhookEvent {
  assert.equal(from?.events.length, 1)
  const [event] = from.events
  assert.ok(event)
  // Dropping keys whose value is undefined leaves the same event.
  return Object.fromEntries(
    Object.entries(event).filter(([, value]) => value !== undefined),
  ) as unknown as WebhookEvent
}
