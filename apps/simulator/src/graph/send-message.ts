import type { Box } from '#box.ts'
import { accountWrites, publishEcho } from '#messaging/account-sends.ts'
import { findMessage, isSelfThread } from '#world/threads.ts'
import type { Message, ReplyTo, Thread } from '#world/threads.ts'
import type { Account } from '#world/world.ts'
import { loadActor } from './actor.ts'
import { fetchMedia } from './fetch-media.ts'
import type { GraphCall, GraphRoute } from './graph-call.ts'
import { checkAccess, checkWindow, loadRecipient } from './may-send.ts'
import { readMessageBody } from './message-body.ts'
import { findJson, findText, isRecord } from './params.ts'
import { takeRate } from './rate-limit.ts'
import { refusal } from './refusals.ts'
import { runSenderAction } from './sender-action.ts'

export function sendMessageRoutes(box: Box): GraphRoute[] {
  return [{ method: 'POST', path: '/:node/messages', run: (call) => sendMessage(box, call) }]
}

/**
 * `POST /{node}/messages`. Checks in the order of meta/messaging-and-media.md section 9.8: token,
 * permission, access switch, recipient, blocked, owner, window, body, media, rate.
 */
async function sendMessage(box: Box, call: GraphCall): Promise<unknown> {
  const actor = loadActor(box, call, 'messages')
  checkAccess(actor)
  const { account } = actor
  const action = findText(call.params, 'sender_action')
  const message = findJson(call.params, 'message')
  if (action !== undefined && message !== undefined) throw refusal(100, { subcode: 2018014 })
  if (action === undefined && message === undefined) {
    throw refusal(100, { message: 'The parameter message is required.' })
  }
  const thread = loadRecipient(box, call, account)
  if (action !== undefined) {
    const reply = runSenderAction(box, call, { thread, action })
    takeSendRate(box, call, account, [])
    return reply
  }
  checkWindow(box, call, thread)
  const body = readMessageBody(message)
  const replyTo = readReplyTo(call, thread)
  await fetchMedia(box, account, body.attachments)
  takeSendRate(
    box,
    call,
    account,
    body.attachments.map(({ type }) => type),
  )
  const quickReplies = isSelfThread(thread) ? [] : body.quickReplies
  const appId = box.world.apps[call.app].id
  const sent = accountWrites(box, thread, { ...body, quickReplies, replyTo }, { by: 'app', appId })
  await tellEcho(box, call, { account, thread, sent })
  return { recipient_id: thread.igsid, message_id: sent.mid }
}

function readReplyTo(call: GraphCall, thread: Thread): ReplyTo | null {
  const given = findJson(call.params, 'reply_to')
  if (given === undefined) return null
  const mid = isRecord(given) ? given['mid'] : undefined
  if (typeof mid !== 'string' || !findMessage(thread, mid)) {
    throw refusal(100, { message: 'Param reply_to[mid] must be a message of this conversation' })
  }
  return { mid }
}

function takeSendRate(box: Box, call: GraphCall, account: Account, types: string[]): void {
  const { sendsPerSecond, mediaSendsPerSecond } = box.world.switches
  const isMedia = types.some((type) => type === 'audio' || type === 'video')
  const bucket = `${isMedia ? 'media' : 'send'} ${call.app} ${account.key}`
  if (!takeRate(box, bucket, isMedia ? mediaSendsPerSecond : sendsPerSecond)) {
    throw refusal(613, { subcode: 2534040 })
  }
}

/** Usually right after the answer has left, sometimes before it: both happen at Meta. */
async function tellEcho(
  box: Box,
  call: GraphCall,
  { account, thread, sent }: { account: Account; thread: Thread; sent: Message },
): Promise<void> {
  const { echo, echoDelayMs } = box.world.switches
  switch (echo) {
    case 'off':
      return
    case 'before':
      await publishEcho(box, account, thread, sent)
      return
    case 'after':
      call.afterAnswer(() => {
        const timer = setTimeout(() => void publishEcho(box, account, thread, sent), echoDelayMs)
        timer.unref()
      })
  }
}
