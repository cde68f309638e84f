import type { Box } from '#box.ts'
import type { Thread } from '#world/threads.ts'
import type { Account } from '#world/world.ts'
import { loadActor } from './actor.ts'
import type { GraphCall, GraphRoute } from './graph-call.ts'
import { isoTime } from './iso-time.ts'
import { messageDetails, threadEnds } from './message-details.ts'
import { pageOf } from './paging.ts'
import { findText, parseFields, pick } from './params.ts'
import type { FieldTree } from './params.ts'
import { takeRate } from './rate-limit.ts'
import { refusal } from './refusals.ts'

/** Requests nobody answered vanish from the list after 30 days. */
const IDLE_REQUEST_MS = 30 * 24 * 3_600_000
/** Ids are listed for all, details exist for the newest 20. */
const DETAILED_MESSAGES = 20
const PAGE = { limitDefault: 25, limitMax: 50 }

export function conversationRoutes(box: Box): GraphRoute[] {
  return [
    {
      method: 'GET',
      path: '/:node/conversations',
      run: (call) => listConversations(box, call),
    },
    { method: 'GET', path: '/:node/messages', run: (call) => listMessages(box, call) },
  ]
}

function listConversations(box: Box, call: GraphCall): unknown {
  const { account } = loadActor(box, call, 'messages')
  takeReadRate(box, call, account)
  const platform = findText(call.params, 'platform')
  // Without `platform` Facebook lists the Page's Messenger conversations, of which there are none.
  if (platform !== 'instagram' && (platform !== undefined || call.app === 'facebook'))
    return { data: [] }
  const igsid = findText(call.params, 'user_id')
  const nowMs = box.clock.now()
  const threads = box.world.threads
    .filter((thread) => thread.accountKey === account.key && thread.messages.length > 0)
    .filter((thread) => igsid === undefined || thread.igsid === igsid)
    .filter((thread) => !isIdleRequest(thread, nowMs))
    .toSorted((one, other) => other.updatedAtMs - one.updatedAtMs)
  const fields = parseFields(findText(call.params, 'fields') ?? 'id,updated_time')
  const { data, ...paging } = pageOf(box, call, threads, PAGE)
  return { data: data.map((thread) => conversation(box, account, thread, fields)), ...paging }
}

function isIdleRequest(thread: Thread, nowMs: number): boolean {
  const wasAnswered = thread.messages.some(({ from }) => from === 'account')
  return !wasAnswered && nowMs - thread.updatedAtMs >= IDLE_REQUEST_MS
}

function conversation(box: Box, account: Account, thread: Thread, fields: FieldTree) {
  const { participants, person } = threadEnds(box, account, thread)
  const messages = fields.get('messages')
  return pick(fields, {
    id: thread.id,
    updated_time: isoTime(thread.updatedAtMs),
    participants: { data: participants },
    is_owner: box.world.switches.routing === 'off',
    name: person.username,
    messages: messages && messageList(box, account, thread, messages),
  })
}

function messageList(
  box: Box,
  account: Account,
  thread: Thread,
  { fields, limit = PAGE.limitDefault }: { fields: FieldTree; limit: number | undefined },
) {
  const newest = thread.messages.toReversed()
  const asked = fields.size > 0 ? fields : parseFields('id,created_time')
  const data = newest.slice(0, limit).map((message, index) => {
    if (index < DETAILED_MESSAGES) return messageDetails(box, account, thread, message, asked)
    return pick(parseFields('id,created_time'), {
      id: message.mid,
      created_time: isoTime(message.atMs),
    })
  })
  return { data }
}

/** `/{conversation-id}/messages`: the same list with paging of its own. */
function listMessages(box: Box, call: GraphCall): unknown {
  const { account } = loadActor(box, { ...call, ids: {} }, 'messages')
  const thread = box.world.threads.find(
    ({ id, accountKey }) => id === call.ids['node'] && accountKey === account.key,
  )
  if (!thread) throw refusal(100, { subcode: 33 })
  takeReadRate(box, call, account)
  const asked = parseFields(findText(call.params, 'fields') ?? 'id,created_time')
  const newest = thread.messages.toReversed()
  const { data, ...paging } = pageOf(box, call, newest, PAGE)
  const listed = data.map((message) =>
    newest.indexOf(message) < DETAILED_MESSAGES
      ? messageDetails(box, account, thread, message, asked)
      : { id: message.mid, created_time: isoTime(message.atMs) },
  )
  return { data: listed, ...paging }
}

/** `/{conversation-id}` and `/{message-id}`; undefined when the id is neither. */
export function readConversationNode(
  box: Box,
  call: GraphCall,
  account: Account,
  id: string,
): unknown {
  const own = box.world.threads.filter(({ accountKey }) => accountKey === account.key)
  const thread = own.find((candidate) => candidate.id === id)
  if (thread) {
    loadActor(box, { ...call, ids: {} }, 'messages')
    takeReadRate(box, call, account)
    const fields = parseFields(findText(call.params, 'fields') ?? 'id,updated_time')
    return conversation(box, account, thread, fields)
  }
  for (const candidate of own) {
    const index = candidate.messages.findIndex(({ mid }) => mid === id)
    const message = candidate.messages[index]
    if (!message) continue
    loadActor(box, { ...call, ids: {} }, 'messages')
    takeReadRate(box, call, account)
    const isOld = candidate.messages.length - index > DETAILED_MESSAGES
    if (isOld || message.isDeleted) throw refusal(9000001)
    const fields = parseFields(findText(call.params, 'fields') ?? 'id,created_time')
    return messageDetails(box, account, candidate, message, fields)
  }
  return undefined
}

function takeReadRate(box: Box, call: GraphCall, account: Account): void {
  const { conversationCallsPerSecond } = box.world.switches
  if (!takeRate(box, `conversations ${call.app} ${account.key}`, conversationCallsPerSecond)) {
    throw refusal(613, { subcode: 2534040 })
  }
}
