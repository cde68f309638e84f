import { answerGraphError, answerJson } from '#stand-in/answer.ts'
import type { Call } from '#stand-in/answer.ts'
import type { ShownMessage, ThreadBook } from '#stand-in/thread-book.ts'

const PAGE = 25
/** Details exist for the newest only; older ones are said to be deleted. */
const DETAILED = 20

const conversationId = (accountId: string, igsid: string): string =>
  `aWdfVA${Buffer.from(`${accountId}:${igsid}`).toString('base64url')}`

/** @returns the thread an id names. */
export function readConversationId(id: string): { accountId: string; igsid: string } | undefined {
  if (!id.startsWith('aWdfVA')) return undefined
  const [accountId, igsid] = Buffer.from(id.slice(6), 'base64url').toString().split(':')
  return accountId === undefined || igsid === undefined ? undefined : { accountId, igsid }
}

/** `GET /{v}/{ig-id}/conversations?platform=instagram&user_id=`, newest first. */
export function listConversations(
  { query, response }: Call,
  accountId: string,
  book: ThreadBook,
): void {
  const person = query.get('user_id')
  // Whoever is asked for has written, else nobody would ask: the thread is there, perhaps without an answer.
  const all =
    person === null
      ? book.threads(accountId)
      : [{ igsid: person, messages: book.threadOf(accountId, person) }]
  const start = Number(query.get('after') ?? 0)
  const size = Math.min(Number(query.get('limit') ?? PAGE), 100)
  const page = all.slice(start, start + size)
  const end = start + page.length
  const fields = query.get('fields') ?? ''
  answerJson(response, 200, {
    data: page.map(({ igsid, messages }) => ({
      id: conversationId(accountId, igsid),
      updated_time: graphTime(messages.at(-1)?.createdMs ?? 0),
      ...(fields.includes('participants')
        ? { participants: { data: [party(accountId), party(igsid)] } }
        : {}),
      ...(fields.includes('messages') ? { messages: messagePage(messages, fields, 0, 25) } : {}),
    })),
    paging: {
      cursors: { before: String(start), ...(end < all.length ? { after: String(end) } : {}) },
    },
  })
}

/** `GET /{v}/{conversation-id}?fields=messages…`. */
export function readConversation(
  { query, response }: Call,
  thread: { accountId: string; igsid: string },
  book: ThreadBook,
): void {
  const fields = query.get('fields') ?? ''
  const messages = book.threadOf(thread.accountId, thread.igsid)
  const limit = Number(/messages\.limit\((\d+)\)/.exec(fields)?.[1] ?? PAGE)
  answerJson(response, 200, {
    id: conversationId(thread.accountId, thread.igsid),
    updated_time: graphTime(messages.at(-1)?.createdMs ?? 0),
    ...(fields.includes('participants')
      ? { participants: { data: [party(thread.accountId), party(thread.igsid)] } }
      : {}),
    ...(fields.includes('messages') ? { messages: messagePage(messages, fields, 0, limit) } : {}),
  })
}

/** `GET /{v}/{conversation-id}/messages`. */
export function readConversationMessages(
  { query, response }: Call,
  thread: { accountId: string; igsid: string },
  book: ThreadBook,
): void {
  const messages = book.threadOf(thread.accountId, thread.igsid)
  const fields = `messages{${query.get('fields') ?? ''}}`
  const limit = Math.min(Number(query.get('limit') ?? PAGE), 100)
  answerJson(response, 200, messagePage(messages, fields, Number(query.get('after') ?? 0), limit))
}

/** `GET /{v}/{message-id}`. */
export function readMessage({ response }: Call, message: ShownMessage, book: ThreadBook): void {
  const thread = book.threadOf(message.accountId, message.igsid)
  if (thread.length - thread.indexOf(message) > DETAILED) {
    answerGraphError(response, 400, { message: 'The message was deleted', code: 9000001 })
    return
  }
  answerJson(response, 200, detailed(message))
}

function messagePage(
  messages: readonly ShownMessage[],
  fields: string,
  start: number,
  limit: number,
): object {
  const newestFirst = messages.toReversed()
  const page = newestFirst.slice(start, start + limit)
  const end = start + page.length
  const expanded = /messages(?:\.limit\(\d+\))?\{[^}]*\bmessage\b/.test(fields)
  const more = end < newestFirst.length
  return {
    data: page.map((message, n) =>
      expanded && start + n < DETAILED
        ? detailed(message)
        : { id: message.mid, created_time: graphTime(message.createdMs) },
    ),
    paging: { cursors: { before: String(start), ...(more ? { after: String(end) } : {}) } },
  }
}

function detailed(message: ShownMessage): object {
  return {
    id: message.mid,
    created_time: graphTime(message.createdMs),
    from: party(message.accountId),
    to: { data: [party(message.igsid)] },
    message: message.text,
  }
}

function party(id: string): { id: string; username: string } {
  return { id, username: `name.${id.slice(-7)}` }
}

function graphTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, '+0000')
}
