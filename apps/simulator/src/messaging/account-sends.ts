import type { Box } from '#box.ts'
import { publishEvent } from '#webhooks/publish-event.ts'
import type { Message, Thread } from '#world/threads.ts'
import type { Account } from '#world/world.ts'
import { echoItem, fromAccount } from './message-item.ts'
import { newMessage } from './new-message.ts'

export type AccountWrites = Pick<Message, 'text' | 'attachments' | 'quickReplies' | 'replyTo'>

/** Adds a message of the account to the thread. The echo is told apart, because its moment varies. */
export function accountWrites(
  box: Box,
  thread: Thread,
  writes: AccountWrites,
  sender: { by: 'app'; appId: string } | { by: 'owner' },
): Message {
  const message = newMessage(box, {
    ...writes,
    from: 'account',
    sentBy: sender.by,
    sentByAppId: sender.by === 'app' ? sender.appId : null,
  })
  thread.messages.push(message)
  thread.typingUntilMs = 0
  thread.updatedAtMs = message.atMs
  thread.seenByAccountMid = thread.messages.findLast(({ from }) => from === 'person')?.mid ?? null
  box.changes.tell()
  return message
}

/** Tells every subscribed app that the account has sent something. */
export async function publishEcho(
  box: Box,
  account: Account,
  thread: Thread,
  message: Message,
): Promise<void> {
  const appId = box.world.switches.echoAppId ? message.sentByAppId : null
  const item = {
    ...fromAccount(thread, account, message.atMs),
    message: echoItem(message, thread, { appId }),
  }
  const { deliveredTo, firstAttempts } = publishEvent(box, account, { field: 'messages', item })
  message.deliveredTo = deliveredTo
  await firstAttempts
}
