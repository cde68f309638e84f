import type { Box } from '#box.ts'
import { findMessage } from '#world/threads.ts'
import type { Thread } from '#world/threads.ts'
import type { GraphCall } from './graph-call.ts'
import { checkWindow } from './may-send.ts'
import { findJson, isRecord } from './params.ts'
import { refusal } from './refusals.ts'

/** How long the dots stay (Meta does not say). */
const TYPING_MS = 20_000

/** Typing, seen and reactions. None of them raises a webhook. */
export function runSenderAction(
  box: Box,
  call: GraphCall,
  { thread, action }: { thread: Thread; action: string },
): unknown {
  checkWindow(box, call, thread)
  switch (action) {
    case 'typing_on':
      thread.typingUntilMs = box.clock.now() + TYPING_MS
      break
    case 'typing_off':
      thread.typingUntilMs = 0
      break
    case 'mark_seen':
      thread.seenByAccountMid =
        thread.messages.findLast(({ from }) => from === 'person')?.mid ?? null
      break
    case 'react':
    case 'unreact':
      react(call, thread, action)
      break
    default:
      throw refusal(100, { message: `Invalid sender_action ${action}` })
  }
  box.changes.tell()
  return { recipient_id: thread.igsid }
}

/** Any emoji on graph.instagram.com, `love` only on graph.facebook.com. Repeating replaces. */
function react(call: GraphCall, thread: Thread, action: 'react' | 'unreact'): void {
  const payload = findJson(call.params, 'payload')
  const mid = isRecord(payload) ? payload['message_id'] : undefined
  const message = typeof mid === 'string' ? findMessage(thread, mid) : undefined
  if (!isRecord(payload) || !message) {
    throw refusal(100, {
      message: 'Param payload[message_id] must be a message of this conversation',
    })
  }
  if (message.isDeleted) throw refusal(9000001)
  const { reaction } = payload
  if (action === 'react') {
    if (typeof reaction !== 'string' || reaction === '') {
      throw refusal(100, { message: 'The parameter payload[reaction] is required.' })
    }
    if (call.app === 'facebook' && reaction !== 'love') {
      throw refusal(100, { message: 'Param payload[reaction] must be love' })
    }
  }
  message.reactions = message.reactions.filter(({ by }) => by !== 'account')
  if (action === 'unreact' || typeof reaction !== 'string') return
  const emoji = reaction === 'love' ? '❤️' : reaction
  const name = emoji === '❤️' ? 'love' : 'other'
  message.reactions.push({ by: 'account', reaction: name, emoji })
}
