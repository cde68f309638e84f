import type { Account, AppKind, Person, World } from './world.ts'

/** As Meta writes it: `{type, payload?}`. Types nobody knows are allowed, that is a quirk to test. */
export type Attachment = { type: string; payload?: Record<string, unknown> }
export type QuickReply = { title: string; payload: string }
export type ReplyTo =
  | { mid: string }
  | { story: { id: string; url: string; link_sticker_url?: string } }

export type Message = {
  mid: string
  atMs: number
  from: 'person' | 'account'
  /** `app` = through the Send API, `owner` = typed in the Instagram app. */
  sentBy: 'person' | 'app' | 'owner'
  sentByAppId: string | null
  text: string | null
  attachments: Attachment[]
  quickReplies: QuickReply[]
  quickReplyPayload: string | null
  postback: { title: string; payload: string } | null
  replyTo: ReplyTo | null
  reactions: { by: 'person' | 'account'; reaction: string; emoji: string }[]
  editCount: number
  isDeleted: boolean
  isUnsupported: boolean
  deliveredTo: AppKind[]
}

export type Thread = {
  id: string
  accountKey: string
  /** The account's own key when it writes to itself. */
  personKey: string
  igsid: string
  messages: Message[]
  /** The last thing the person did that opens the window; null before the first. */
  lastPersonActAtMs: number | null
  /** Set once the person wrote or tapped: only then may the profile be read. */
  hasConsent: boolean
  typingUntilMs: number
  seenByAccountMid: string | null
  seenByPersonMid: string | null
  updatedAtMs: number
}

export const isSelfThread = (thread: Thread): boolean => thread.personKey === thread.accountKey

export function findThread(
  world: World,
  accountKey: string,
  personKey: string,
): Thread | undefined {
  return world.threads.find(
    (thread) => thread.accountKey === accountKey && thread.personKey === personKey,
  )
}

export function openThread(
  world: World,
  account: Account,
  person: Person | 'self',
  made: { id: string; atMs: number },
): Thread {
  const personKey = person === 'self' ? account.key : person.key
  const known = findThread(world, account.key, personKey)
  if (known) return known
  const thread: Thread = {
    id: made.id,
    accountKey: account.key,
    personKey,
    igsid: person === 'self' ? account.selfIgsid : (person.igsids[account.key] ?? ''),
    messages: [],
    lastPersonActAtMs: null,
    hasConsent: false,
    typingUntilMs: 0,
    seenByAccountMid: null,
    seenByPersonMid: null,
    updatedAtMs: made.atMs,
  }
  world.threads.push(thread)
  return thread
}

export const findMessage = (thread: Thread, mid: string): Message | undefined =>
  thread.messages.find((message) => message.mid === mid)
