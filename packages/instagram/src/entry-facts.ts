import { derivedKey } from './event-key.ts'
import type { NotUnderstoodEvent } from './webhook-event.ts'

/** What the readers of single events know about the entry around them. */
export interface EntryFacts {
  /** As sent; `""` when missing. */
  readonly accountId: string
  /** When Meta sent it, which is the best guess for events without a time. */
  readonly sentAtMs: number | undefined
}

/** The dashboard's "Test" button uses this entry id. */
const TEST_ENTRY_ID = '0'
/** And these two people. Source: recorded test deliveries, fact sheet 1.20. */
const TEST_SENDER_ID = '12334'
const TEST_RECIPIENT_ID = '23245'

/** Its string timestamp alone proves nothing: a real message must never be taken for a test. */
export function isDashboardTest(
  facts: EntryFacts,
  senderId: string | undefined,
  recipientId: string | undefined,
): boolean {
  return (
    facts.accountId === TEST_ENTRY_ID ||
    (senderId === TEST_SENDER_ID && recipientId === TEST_RECIPIENT_ID)
  )
}

/** @param detail what is wrong, in our words, without content. */
export function notUnderstood(
  detail: string,
  facts: EntryFacts,
  item: unknown,
  standby = false,
): NotUnderstoodEvent {
  return {
    kind: 'not_understood',
    atMs: facts.sentAtMs,
    standby,
    test: facts.accountId === TEST_ENTRY_ID,
    dedupeKey: derivedKey('not_understood', facts.sentAtMs, item),
    detail,
  }
}
