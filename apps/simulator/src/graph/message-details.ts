import type { Box } from '#box.ts'
import { loadPerson } from '#world/find.ts'
import { isSelfThread } from '#world/threads.ts'
import type { Attachment, Message, Thread } from '#world/threads.ts'
import type { Account } from '#world/world.ts'
import { isoTime } from './iso-time.ts'
import { pick } from './params.ts'
import type { FieldTree } from './params.ts'

export type Participant = { id: string; username: string }

/** The two ends of a thread as the Conversations API names them. */
export function threadEnds(
  box: Box,
  account: Account,
  thread: Thread,
): { business: Participant; person: Participant; participants: Participant[] } {
  const { username } = isSelfThread(thread) ? account : loadPerson(box.world, thread.personKey)
  const business = { id: account.id, username: account.username }
  const person = { id: thread.igsid, username }
  return { business, person, participants: [business, person] }
}

/** One message with the asked fields; empty ones are left out. */
export function messageDetails(
  box: Box,
  account: Account,
  thread: Thread,
  message: Message,
  fields: FieldTree,
): Record<string, unknown> {
  const { business, person } = threadEnds(box, account, thread)
  const [from, to] = message.from === 'account' ? [business, person] : [person, business]
  const reply = message.replyTo
  const shares = message.attachments.filter(isShare)
  const files = message.attachments.filter((attachment) => !isShare(attachment))
  return pick(fields, {
    id: message.mid,
    created_time: isoTime(message.atMs),
    from,
    to: { data: [to] },
    message: message.isDeleted ? '' : (message.text ?? ''),
    attachments: nonEmpty(files.map(fileDetails)),
    shares: nonEmpty(shares.map(({ payload }) => ({ link: payload?.['url'] }))),
    story: storyOf(message),
    reactions: nonEmpty(
      message.reactions.map(({ by, emoji }) => ({
        reaction: emoji,
        users: [by === 'account' ? business : person],
      })),
    ),
    reply_to:
      reply && 'mid' in reply
        ? { ...reply, is_self_reply: isSelfReply(thread, message) }
        : undefined,
    is_unsupported: message.isUnsupported || undefined,
  })
}

const nonEmpty = <T>(items: T[]): { data: T[] } | undefined =>
  items.length > 0 ? { data: items } : undefined

const isShare = ({ type }: Attachment) =>
  ['ig_post', 'share', 'ig_reel', 'reel', 'story_mention'].includes(type)

function fileDetails({ type, payload }: Attachment, index: number): Record<string, unknown> {
  const url = payload?.['url']
  const id = String(17_950_000_000_000_001n + BigInt(index))
  switch (type) {
    case 'image':
      return { id, image_data: { url, preview_url: url, width: 640, height: 640 } }
    case 'video':
      return { id, video_data: { url } }
    case 'template':
      return { id, generic_template: payload }
    default:
      return { id, name: type, ...(url !== undefined && { file_url: url }) }
  }
}

function storyOf(message: Message): unknown {
  const mention = message.attachments.find(({ type }) => type === 'story_mention')
  if (mention) return { mention: { link: mention.payload?.['url'], id: message.mid.slice(0, 24) } }
  const reply = message.replyTo
  return reply && 'story' in reply
    ? { reply_to: { link: reply.story.url, id: reply.story.id } }
    : undefined
}

function isSelfReply(thread: Thread, message: Message): boolean {
  const reply = message.replyTo
  if (!reply || !('mid' in reply)) return false
  return thread.messages.find(({ mid }) => mid === reply.mid)?.from === message.from
}
