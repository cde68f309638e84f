import type { EntryFacts } from './entry-facts.ts'
import { MID_PATTERN } from './ids.ts'
import type { Igsid, Mid } from './ids.ts'
import type { JsonRecord } from './read-field.ts'

/** One item of `messaging` or `standby`, taken apart as far as all kinds share it. */
export interface MessagingItem {
  readonly facts: EntryFacts
  readonly item: JsonRecord
  readonly senderId: string | undefined
  readonly recipientId: string | undefined
  readonly atMs: number | undefined
  readonly standby: boolean
  readonly test: boolean
}

/**
 * The side that is not the account: the sender, except on what the account sent itself.
 * Source: /documentation/instagram-platform/webhooks/examples and /self-messaging, read 2026-11-20.
 */
export function personOf(shared: MessagingItem, isFromAccount = false): Igsid | undefined {
  const { senderId, recipientId, facts } = shared
  const id = isFromAccount || senderId === facts.accountId ? recipientId : senderId
  // idText gave it, so it has the shape of an Igsid.
  return id === facts.accountId ? undefined : (id as Igsid | undefined)
}

/** A mid as it may be stored and indexed. */
export function midOf(value: unknown): Mid | undefined {
  // The pattern is the schema's own, so the brand is earned.
  return typeof value === 'string' && MID_PATTERN.test(value) ? (value as Mid) : undefined
}
