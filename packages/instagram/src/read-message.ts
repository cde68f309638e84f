import { midOf, personOf } from './messaging-item.ts'
import type { MessagingItem } from './messaging-item.ts'
import { readReferral } from './read-referral.ts'
import { idText, isRecord, listOf, recordOf, textOf, urlOf } from './read-field.ts'
import type { JsonRecord } from './read-field.ts'
import type { Attachment, ReplyTo, WebhookEvent } from './webhook-event.ts'

/** Reads `message`: a line, an echo or an unsend. A text instead says why it is neither. */
export function readMessage(shared: MessagingItem, message: JsonRecord): WebhookEvent | string {
  const { atMs, standby, test, senderId, recipientId } = shared
  const mid = midOf(message['mid'])
  if (mid === undefined) return 'message.mid is missing or odd'
  // An echo without its flag would be answered as if a person had written it.
  const isEcho = message['is_echo'] === true || senderId === shared.facts.accountId
  const personId = personOf(shared, isEcho)

  if (message['is_deleted'] === true) {
    const dedupeKey = `unsend:${mid}`
    return { kind: 'unsend', atMs, standby, test, dedupeKey, personId, mid, isEcho }
  }
  if (personId === undefined || senderId === undefined || recipientId === undefined) {
    return 'message has no sender or recipient'
  }
  return {
    kind: 'message',
    atMs,
    standby,
    test,
    dedupeKey: `message:${mid}`,
    personId,
    mid,
    sender: senderId,
    recipient: recipientId,
    text: textOf(message['text']),
    attachments: readAttachments(message['attachments']),
    quickReplyPayload: textOf(recordOf(message['quick_reply'])?.['payload']),
    replyTo: readReplyTo(message['reply_to']),
    referral: readReferral(message['referral']),
    isEcho,
    isSelf: message['is_self'] === true,
    appId: idText(message['app_id']),
    isUnsupported: message['is_unsupported'] === true,
    folder: textOf(message['folder']),
  }
}

const NO_ATTACHMENTS: readonly Attachment[] = []

/** Several items are several photos; the ids stand under a key per type. */
function readAttachments(value: unknown): readonly Attachment[] {
  if (!Array.isArray(value)) return isRecord(value) ? [readAttachment(value)] : NO_ATTACHMENTS
  return listOf(value).map(readAttachment)
}

function readAttachment(value: unknown): Attachment {
  if (!isRecord(value)) return { type: 'unknown' }
  const type = textOf(value['type']) ?? 'unknown'
  const payload = recordOf(value['payload'])
  if (payload === undefined) return { type }
  return {
    type,
    url: urlOf(payload['url']) ?? urlOf(payload['story_media_url']),
    title: textOf(payload['title']),
    mediaId:
      idText(payload['ig_post_media_id']) ??
      idText(payload['reel_video_id']) ??
      idText(payload['story_media_id']) ??
      idText(payload['sticker_id']),
  }
}

function readReplyTo(value: unknown): ReplyTo | undefined {
  if (!isRecord(value)) return undefined
  const mid = midOf(value['mid'])
  if (mid !== undefined) return { mid }
  const story = value['story']
  if (!isRecord(story)) return undefined
  return { story: { id: idText(story['id']), url: urlOf(story['url']) } }
}
