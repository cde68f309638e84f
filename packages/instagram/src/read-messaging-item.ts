import { isDashboardTest, notUnderstood } from './entry-facts.ts'
import type { EntryFacts } from './entry-facts.ts'
import { derivedKey } from './event-key.ts'
import { midOf, personOf } from './messaging-item.ts'
import type { MessagingItem } from './messaging-item.ts'
import { readHandover } from './read-handover.ts'
import { readMessage } from './read-message.ts'
import { readReferral } from './read-referral.ts'
import { idText, isRecord, numberOf, recordOf, textOf, timeMs } from './read-field.ts'
import type { JsonRecord } from './read-field.ts'
import type { WebhookEvent } from './webhook-event.ts'

/** Reads one `messaging` item into the event it is. Never throws. */
export function readMessagingItem(
  item: unknown,
  facts: EntryFacts,
  standby: boolean,
): WebhookEvent {
  if (!isRecord(item)) return notUnderstood('item is not an object', facts, item, standby)
  const senderId = idText(recordOf(item['sender'])?.['id'])
  const recipientId = idText(recordOf(item['recipient'])?.['id'])
  const shared: MessagingItem = {
    facts,
    item,
    senderId,
    recipientId,
    atMs: timeMs(item['timestamp']) ?? facts.sentAtMs,
    standby,
    test: isDashboardTest(facts, senderId, recipientId),
  }
  const event = readKind(shared)
  return typeof event === 'string' ? notUnderstood(event, facts, item, standby) : event
}

/** Whether a `changes` value is a messaging item, as the dashboard's test sends them. */
export function looksLikeMessagingItem(value: unknown): boolean {
  return isRecord(value) && ('sender' in value || 'recipient' in value)
}

/** A text instead of an event says why there is none. */
function readKind(shared: MessagingItem): WebhookEvent | string {
  const { item } = shared
  if (isRecord(item['message'])) return readMessage(shared, item['message'])
  if (isRecord(item['message_edit'])) return readEdit(shared, item['message_edit'])
  if (isRecord(item['reaction'])) return readReaction(shared, item['reaction'])
  if (isRecord(item['postback'])) return readPostback(shared, item['postback'])
  if (isRecord(item['read'])) return readSeen(shared, item['read'])
  const handover = readHandover(shared)
  if (handover !== undefined) return handover
  if (isRecord(item['optin'])) return readOptin(shared, item['optin'])
  if (isRecord(item['referral'])) return readReferralItem(shared, item['referral'])
  return readOther(shared)
}

function readEdit(shared: MessagingItem, edit: JsonRecord): WebhookEvent | string {
  const { atMs, standby, test } = shared
  const mid = midOf(edit['mid'])
  if (mid === undefined) return 'message_edit.mid is missing or odd'
  const personId = personOf(shared)
  const numEdit = numberOf(edit['num_edit']) ?? 0
  const text = textOf(edit['text'])
  if (numEdit <= 0 || text === undefined || text === '') {
    const dedupeKey = `edit_companion:${mid}`
    return { kind: 'edit_companion', atMs, standby, test, dedupeKey, personId, mid }
  }
  const dedupeKey = `edit:${mid}:${numEdit}`
  return { kind: 'edit', atMs, standby, test, dedupeKey, personId, mid, text, numEdit }
}

function readReaction(shared: MessagingItem, reaction: JsonRecord): WebhookEvent | string {
  const { atMs, standby, test, senderId } = shared
  const mid = midOf(reaction['mid'])
  if (mid === undefined) return 'reaction.mid is missing or odd'
  const action = reaction['action']
  if (action !== 'react' && action !== 'unreact') return 'reaction.action is unknown'
  return {
    kind: 'reaction',
    atMs,
    standby,
    test,
    dedupeKey: `reaction:${mid}:${senderId ?? ''}:${action}:${atMs ?? ''}`,
    personId: personOf(shared),
    mid,
    action,
    reaction: textOf(reaction['reaction']),
    emoji: textOf(reaction['emoji']),
  }
}

function readPostback(shared: MessagingItem, postback: JsonRecord): WebhookEvent | string {
  const { atMs, standby, test, senderId, item } = shared
  const isSelf = item['is_self'] === true
  const personId = personOf(shared, isSelf)
  if (personId === undefined) return 'postback has no person'
  const mid = midOf(postback['mid'])
  const payload = textOf(postback['payload'])
  return {
    kind: 'postback',
    atMs,
    standby,
    test,
    dedupeKey:
      mid === undefined ? derivedKey('postback', senderId, atMs, payload) : `postback:${mid}`,
    personId,
    mid,
    title: textOf(postback['title']),
    payload,
    referral: readReferral(postback['referral']),
    isSelf,
  }
}

function readSeen(shared: MessagingItem, read: JsonRecord): WebhookEvent | string {
  const { atMs, standby, test, senderId } = shared
  const mid = midOf(read['mid'])
  if (mid === undefined) return 'read.mid is missing or odd'
  const dedupeKey = `seen:${senderId ?? ''}:${mid}`
  return { kind: 'seen', atMs, standby, test, dedupeKey, personId: personOf(shared), mid }
}

function readOptin(shared: MessagingItem, optin: JsonRecord): WebhookEvent {
  const { atMs, standby, test, senderId } = shared
  const dedupeKey = derivedKey('optin', senderId, atMs, optin)
  return { kind: 'optin', atMs, standby, test, dedupeKey, personId: personOf(shared) }
}

function readReferralItem(shared: MessagingItem, value: JsonRecord): WebhookEvent | string {
  const { atMs, standby, test, senderId } = shared
  const personId = personOf(shared)
  if (personId === undefined) return 'referral has no person'
  const referral = readReferral(value) ?? {}
  const dedupeKey = derivedKey('referral', senderId, atMs, referral.ref)
  return { kind: 'referral', atMs, standby, test, dedupeKey, personId, referral }
}

const SHARED_KEYS = new Set(['sender', 'recipient', 'timestamp', 'is_self'])
const FIELD_CHARACTERS_MAX = 64

function readOther(shared: MessagingItem): WebhookEvent | string {
  const { atMs, standby, test, item } = shared
  const key = Object.keys(item).find((name) => !SHARED_KEYS.has(name))
  if (key === undefined) return 'item has no content'
  return {
    kind: 'other',
    atMs,
    standby,
    test,
    dedupeKey: derivedKey('other', item),
    personId: personOf(shared),
    field: (textOf(key) ?? '').slice(0, FIELD_CHARACTERS_MAX).toWellFormed(),
    value: item[key],
  }
}
