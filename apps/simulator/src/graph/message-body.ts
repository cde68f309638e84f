import type { Attachment, QuickReply } from '#world/threads.ts'
import { isRecord } from './params.ts'
import { refusal } from './refusals.ts'
import { checkTemplate } from './template-body.ts'

export const TEXT_BYTES_MAX = 1000
const QUICK_REPLIES_MAX = 13
const QUICK_REPLY_TITLE_CHARACTERS = 20
const PAYLOAD_CHARACTERS_MAX = 1000
const IMAGES_MAX = 10
const KEYS = ['text', 'attachment', 'attachments', 'quick_replies']

export type MessageBody = {
  text: string | null
  attachments: Attachment[]
  quickReplies: QuickReply[]
}

const notAllowed = (message: string) => refusal(100, { subcode: 2534015, message })

/** Reads `message` of a send, as strictly as Meta: what is not allowed is 100/2534015. */
export function readMessageBody(given: unknown): MessageBody {
  if (!isRecord(given)) throw refusal(100, { message: 'The parameter message must be an object.' })
  const unknown = Object.keys(given).filter((key) => !KEYS.includes(key))
  if (unknown.length > 0) {
    throw refusal(100, {
      message: `Invalid keys "${unknown.join(', ')}" were found in param "message".`,
    })
  }
  const text = readText(given['text'])
  const attachments = readAttachments(given)
  if (text === null && attachments.length === 0) {
    throw notAllowed('A message needs text or an attachment')
  }
  if (text !== null && attachments.length > 0) {
    throw notAllowed('A message has text or an attachment, not both')
  }
  return { text, attachments, quickReplies: readQuickReplies(given['quick_replies'], text) }
}

function readText(given: unknown): string | null {
  if (given === undefined) return null
  if (typeof given !== 'string' || given === '') throw notAllowed('text must be a non-empty string')
  const bytes = Buffer.byteLength(given, 'utf8')
  if (bytes > TEXT_BYTES_MAX) {
    throw notAllowed(
      `Length of param message[text] must be less than or equal to ${TEXT_BYTES_MAX}`,
    )
  }
  return given
}

/** `attachment`, or `attachments` with up to ten images; the IL page prints one object under the plural. */
function readAttachments(given: Record<string, unknown>): Attachment[] {
  const { attachment, attachments } = given
  if (attachment !== undefined && attachments !== undefined) {
    throw notAllowed('attachment and attachments exclude each other')
  }
  const list = attachments ?? attachment
  if (list === undefined) return []
  if (!Array.isArray(list)) return [readAttachment(list)]
  if (attachment !== undefined) throw notAllowed('attachment must be an object')
  if (list.length < 1 || list.length > IMAGES_MAX) {
    throw notAllowed(`attachments must hold 1 to ${IMAGES_MAX} images`)
  }
  const read = list.map(readAttachment)
  if (read.length > 1 && read.some(({ type }) => type !== 'image')) {
    throw notAllowed('Only images can be sent several at a time')
  }
  return read
}

const WITH_URL = ['image', 'video', 'audio', 'file']

function readAttachment(given: unknown): Attachment {
  if (!isRecord(given)) throw notAllowed('An attachment must be an object')
  const { type, payload } = given
  if (type === 'like_heart') return { type }
  if (typeof type !== 'string' || !isRecord(payload)) {
    throw notAllowed('An attachment needs a type and a payload')
  }
  if (type === 'template') return { type, payload: checkTemplate(payload) }
  if (type === 'MEDIA_SHARE') {
    if (typeof payload['id'] !== 'string' && typeof payload['attachment_id'] !== 'string') {
      throw notAllowed('MEDIA_SHARE needs payload.id or payload.attachment_id')
    }
    return { type, payload }
  }
  if (!WITH_URL.includes(type)) throw notAllowed(`Unknown attachment type ${type}`)
  const { url, attachment_id: attachmentId } = payload
  if (type === 'image' && typeof attachmentId === 'string') return { type, payload }
  if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw notAllowed('payload.url must be an http(s) address')
  }
  return { type, payload }
}

/** A title over 20 characters is cut, not refused. Contact quick replies make no button any more. */
function readQuickReplies(given: unknown, text: string | null): QuickReply[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) throw notAllowed('quick_replies must be an array')
  if (given.length > QUICK_REPLIES_MAX) {
    throw notAllowed(`quick_replies must hold at most ${QUICK_REPLIES_MAX} items`)
  }
  if (text === null) throw notAllowed('quick_replies need text')
  return given.flatMap((reply: unknown) => {
    if (!isRecord(reply)) throw notAllowed('A quick reply must be an object')
    const { content_type: contentType, title, payload } = reply
    if (contentType === 'user_phone_number' || contentType === 'user_email') return []
    if (contentType !== 'text') throw notAllowed('A quick reply needs content_type text')
    if (typeof title !== 'string' || title === '') throw notAllowed('A quick reply needs a title')
    if (typeof payload !== 'string' || payload === '' || payload.length > PAYLOAD_CHARACTERS_MAX) {
      throw notAllowed(
        `A quick reply needs a payload of at most ${PAYLOAD_CHARACTERS_MAX} characters`,
      )
    }
    return [{ title: Array.from(title).slice(0, QUICK_REPLY_TITLE_CHARACTERS).join(''), payload }]
  })
}
