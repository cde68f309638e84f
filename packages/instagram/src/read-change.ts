import { isDashboardTest, notUnderstood } from './entry-facts.ts'
import type { EntryFacts } from './entry-facts.ts'
import { derivedKey } from './event-key.ts'
import type { Igsid } from './ids.ts'
import { looksLikeMessagingItem, readMessagingItem } from './read-messaging-item.ts'
import { idText, isRecord, recordOf, textOf, timeMs } from './read-field.ts'
import type { JsonRecord } from './read-field.ts'
import type { WebhookEvent } from './webhook-event.ts'

const FIELD_CHARACTERS_MAX = 64

/** Reads one `{field, value}`, from `changes`, flat on the entry, or a field name alone. Never throws. */
export function readChange(change: unknown, facts: EntryFacts): WebhookEvent {
  if (!isRecord(change)) return notUnderstood('change is not an object', facts, change)
  const field = textOf(change['field'])?.slice(0, FIELD_CHARACTERS_MAX).toWellFormed()
  if (field === undefined || field === '') {
    return notUnderstood('change.field is missing', facts, change)
  }
  const value = change['value']
  // The dashboard's test wraps messaging items in `changes`.
  if (looksLikeMessagingItem(value)) return readMessagingItem(value, facts, field === 'standby')
  if ((field === 'comments' || field === 'live_comments') && isRecord(value)) {
    return readComment(field, value, facts)
  }
  return {
    kind: 'other',
    atMs: facts.sentAtMs,
    standby: field === 'standby',
    test: isDashboardTest(facts, undefined, undefined),
    dedupeKey: derivedKey('other', field, facts.sentAtMs, value),
    personId: undefined,
    field,
    value,
  }
}

function readComment(
  field: 'comments' | 'live_comments',
  value: JsonRecord,
  facts: EntryFacts,
): WebhookEvent {
  const commentId = idText(value['id']) ?? idText(value['comment_id'])
  if (commentId === undefined) return notUnderstood('comment id is missing', facts, value)
  const from = recordOf(value['from'])
  const fromId = idText(from?.['id'])
  const media = recordOf(value['media'])
  // `self_ig_scoped_id` comes only on comments of the account under its own media.
  const isOwn = from?.['self_ig_scoped_id'] !== undefined || fromId === facts.accountId
  return {
    kind: 'comment',
    atMs: timeMs(value['timestamp']) ?? facts.sentAtMs,
    standby: false,
    test: isDashboardTest(facts, fromId, undefined),
    dedupeKey: `comment:${commentId}`,
    // idText gave it, so it has the shape of an Igsid; of others than the account it is one.
    personId: isOwn ? undefined : (fromId as Igsid | undefined),
    field,
    commentId,
    parentId: idText(value['parent_id']),
    mediaId: idText(media?.['id']),
    mediaProductType: textOf(media?.['media_product_type']),
    text: textOf(value['text']),
    username: textOf(from?.['username']),
    isOwn,
    adId: idText(media?.['ad_id']),
  }
}
