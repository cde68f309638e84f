import type { Box } from '#box.ts'
import { publishEvent } from '#webhooks/publish-event.ts'
import { NotInTheBoxError } from '#world/find.ts'
import { findMessage, openThread } from '#world/threads.ts'
import type { Attachment, Message, ReplyTo, Thread } from '#world/threads.ts'
import type { Account, AppKind, Person } from '#world/world.ts'
import { fromPerson, inboundItem } from './message-item.ts'
import { newMessage, newThreadId } from './new-message.ts'

export type PersonWrites = {
  text?: string | undefined
  quickReply?: { title: string; payload: string } | undefined
  attachments?: Attachment[] | undefined
  replyTo?: ReplyTo | undefined
  referral?: Record<string, unknown> | undefined
  isUnsupported?: boolean | undefined
}

export type Told = { mid: string; deliveredTo: AppKind[] }

/** A person writes: the thread opens, the window opens, every subscribed app is told. */
export function personWrites(
  box: Box,
  person: Person,
  account: Account,
  writes: PersonWrites,
): Told {
  const thread = threadOf(box, account, person)
  const message = newMessage(box, {
    from: 'person',
    sentBy: 'person',
    text: writes.text ?? writes.quickReply?.title ?? null,
    attachments: writes.attachments ?? [],
    quickReplyPayload: writes.quickReply?.payload ?? null,
    replyTo: writes.replyTo ?? null,
    isUnsupported: writes.isUnsupported ?? false,
  })
  keep(thread, message)
  const item = {
    ...fromPerson(thread, account, message.atMs),
    message: inboundItem(message, { referral: writes.referral }),
  }
  message.deliveredTo = publishWithCompanion(box, account, message, item)
  box.changes.tell()
  return { mid: message.mid, deliveredTo: message.deliveredTo }
}

/** Instagram sometimes sends a `message_edit` with `num_edit` 0 and no sender around a new message. */
function publishWithCompanion(
  box: Box,
  account: Account,
  message: Message,
  item: Record<string, unknown>,
): AppKind[] {
  const { editCompanion } = box.world.switches
  const companion = { timestamp: message.atMs, message_edit: { mid: message.mid, num_edit: 0 } }
  const publishCompanion = () =>
    publishEvent(box, account, { field: 'message_edit', item: companion }).deliveredTo
  if (editCompanion === 'instead') return publishCompanion()
  if (editCompanion === 'beside') publishCompanion()
  return publishEvent(box, account, { field: 'messages', item }).deliveredTo
}

/** A tap on an ice breaker, a menu item or a template button. Opens the window like a message. */
export function personTaps(
  box: Box,
  person: Person,
  account: Account,
  tap: { title: string; payload: string; referral?: Record<string, unknown> | undefined },
): Told {
  const thread = threadOf(box, account, person)
  const { title, payload, referral } = tap
  const message = newMessage(box, {
    from: 'person',
    sentBy: 'person',
    text: title,
    postback: { title, payload },
  })
  keep(thread, message)
  const postback = {
    ...(box.world.switches.postbackMid && { mid: message.mid }),
    title,
    payload,
    ...(referral && { referral }),
  }
  const item = { ...fromPerson(thread, account, message.atMs), postback }
  message.deliveredTo = publishEvent(box, account, {
    field: 'messaging_postbacks',
    item,
  }).deliveredTo
  box.changes.tell()
  return { mid: message.mid, deliveredTo: message.deliveredTo }
}

/** Follows an ig.me link into the thread. */
export function personFollowsLink(
  box: Box,
  person: Person,
  account: Account,
  referral: Record<string, unknown>,
): { deliveredTo: AppKind[] } {
  const thread = threadOf(box, account, person)
  const atMs = box.clock.now()
  thread.lastPersonActAtMs = atMs
  const item = { ...fromPerson(thread, account, atMs), referral }
  const { deliveredTo } = publishEvent(box, account, { field: 'messaging_referral', item })
  box.changes.tell()
  return { deliveredTo }
}

const REACTIONS: Record<string, string> = {
  love: '❤️',
  like: '👍',
  laugh: '😂',
  wow: '😮',
  sad: '😢',
  angry: '😠',
}

/** Reacting opens the window as well; taking the reaction back does not. */
export function personReacts(
  box: Box,
  person: Person,
  account: Account,
  { mid, reaction, emoji }: { mid: string; reaction: string | null; emoji?: string | undefined },
): { deliveredTo: AppKind[] } {
  const thread = threadOf(box, account, person)
  const message = loadMessage(thread, mid)
  const atMs = box.clock.now()
  message.reactions = message.reactions.filter(({ by }) => by !== 'person')
  const shown = emoji ?? REACTIONS[reaction ?? ''] ?? '❤️'
  if (reaction !== null) {
    message.reactions.push({ by: 'person', reaction, emoji: shown })
    thread.lastPersonActAtMs = atMs
  }
  const body =
    reaction === null
      ? { mid, action: 'unreact' }
      : { mid, action: 'react', reaction, emoji: shown }
  const item = { ...fromPerson(thread, account, atMs), reaction: body }
  const { deliveredTo } = publishEvent(box, account, { field: 'message_reactions', item })
  box.changes.tell()
  return { deliveredTo }
}

export function personEdits(
  box: Box,
  person: Person,
  account: Account,
  { mid, text }: { mid: string; text: string },
): { deliveredTo: AppKind[] } {
  const thread = threadOf(box, account, person)
  const message = loadMessage(thread, mid)
  message.text = text
  message.editCount += 1
  const item = {
    ...fromPerson(thread, account, box.clock.now()),
    message_edit: { mid, text, num_edit: message.editCount },
  }
  const { deliveredTo } = publishEvent(box, account, { field: 'message_edit', item })
  box.changes.tell()
  return { deliveredTo }
}

export function personUnsends(
  box: Box,
  person: Person,
  account: Account,
  mid: string,
): { deliveredTo: AppKind[] } {
  const thread = threadOf(box, account, person)
  const message = loadMessage(thread, mid)
  message.isDeleted = true
  message.text = null
  message.attachments = []
  const item = {
    ...fromPerson(thread, account, box.clock.now()),
    message: { mid, is_deleted: true },
  }
  const { deliveredTo } = publishEvent(box, account, { field: 'messages', item })
  box.changes.tell()
  return { deliveredTo }
}

/** The person opens the thread; without a `mid` everything up to the last answer is seen. */
export function personSees(
  box: Box,
  person: Person,
  account: Account,
  mid?: string,
): { mid: string | null; deliveredTo: AppKind[] } {
  const thread = threadOf(box, account, person)
  const seen = mid ?? thread.messages.findLast(({ from }) => from === 'account')?.mid
  if (seen === undefined) return { mid: null, deliveredTo: [] }
  thread.seenByPersonMid = seen
  const item = { ...fromPerson(thread, account, box.clock.now()), read: { mid: seen } }
  const { deliveredTo } = publishEvent(box, account, { field: 'messaging_seen', item })
  box.changes.tell()
  return { mid: seen, deliveredTo }
}

function keep(thread: Thread, message: Message): void {
  thread.messages.push(message)
  thread.lastPersonActAtMs = message.atMs
  thread.hasConsent = true
  thread.updatedAtMs = message.atMs
}

function threadOf(box: Box, account: Account, person: Person): Thread {
  return openThread(box.world, account, person, { id: newThreadId(box), atMs: box.clock.now() })
}

function loadMessage(thread: Thread, mid: string): Message {
  const message = findMessage(thread, mid)
  if (!message) throw new NotInTheBoxError(`No message "${mid}" in this thread`)
  return message
}
