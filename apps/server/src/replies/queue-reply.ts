import { AppError } from '@parley/contract/app-error.ts'
import type { Message, SendRequest } from '@parley/contract/message.ts'
import { splitText } from '@parley/instagram/split-text.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { loadConnection } from '#connections/load-connection.ts'
import { applyMode } from '#conversations/change-mode.ts'
import { answeredByPerson } from '#conversations/answer-by-person.ts'
import { describeMessage } from '#conversations/describe-message.ts'
import { findOwnConversation } from '#conversations/load-conversation.ts'
import { lockOwnConversation } from '#conversations/lock-own-conversation.ts'
import { sealContent } from '#conversations/message-content.ts'
import type { MessageContent } from '#conversations/schema.ts'
import { unparkConversation } from '#conversations/unpark-conversation.ts'
import { wakeConversation } from '#conversations/wake-conversation.ts'
import type { KeepAnswer } from '#http/app-env.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { windowEndsAtMs } from './choose-step.ts'
import { insertReply } from './store-replies.ts'
import { findQueuedTurns } from './store-stop.ts'
import { dropTurn } from './store-turns.ts'

export type ReplyInput = {
  readonly conversationId: string
  /** Whose conversations the caller may see; null: everybody's. */
  readonly tenants: readonly string[] | null
  readonly request: SendRequest
  /** An operator's message pauses the automation, the host's does not. */
  readonly author: 'operator' | 'host'
  readonly actor: string
  readonly requestId: string
  /** Keeps the answer in the very transaction, so that a repeated request queues nothing again. */
  readonly keepAnswer?: KeepAnswer | undefined
}

/**
 * Accepts a message of a person or of the host for delivery: one row per Instagram message, sent in order.
 *
 * @returns the messages, all `queued`.
 * @throws AppError `conversations/not-found`, `replies/unsupported-body`, `replies/window-closed`,
 * `replies/human-agent-closed`, `replies/messages-off`, `tokens/needs-reauth`.
 */
export async function queueReply(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'signals'>,
  input: ReplyInput,
): Promise<Message[]> {
  const contents = contentsOf(input.request)
  const now = new Date(ports.clock.now())
  const before = await findOwnConversation(ports, input.conversationId, input.tenants)
  // Outside the transaction: it must not hold one connection while it waits for another.
  await requireSendable(ports, before)
  const { messages, conversation } = await ports.db.transaction(async (db) => {
    const conversation = await lockOwnConversation(db, input.conversationId, input.tenants)
    requireOpenWindow(ports, conversation, input.request)
    const sealer = await ports.vault.tenant(conversation.tenant_id)
    const rows = contents.map((content) => {
      const id = ports.random.uuid(now.getTime())
      return { id, sealed: sealContent(sealer, id, content) }
    })
    if (input.author === 'operator') {
      await applyMode(db, conversation, { to: 'human', reason: 'operator' })
      await answeredByPerson(db, conversation.id)
      await dropQueuedAnswers(db, conversation)
    }
    const messages = await insertReply(db, {
      conversation,
      author: input.author,
      humanAgent: input.request.humanAgent === true,
      rows,
      now,
    })
    // A conversation parked for the automation's sake is no reason to keep a person from writing.
    await unparkConversation(db, conversation.id)
    await wakeConversation(db, conversation)
    await recordAudit(db, now, {
      actor: input.actor,
      action: 'message.queued',
      tenantId: conversation.tenant_id,
      subjectId: conversation.id,
      requestId: input.requestId,
      detail: { parts: rows.length },
    })
    const described = messages.map((row) => describeMessage(sealer, row, now.getTime()))
    await input.keepAnswer?.(db, {
      tenantId: conversation.tenant_id,
      status: 202,
      body: { data: described },
    })
    return { conversation, messages: described }
  })
  const { id, connection_id: connectionId, tenant_id: tenantId } = conversation
  ports.signals.wake('lanes')
  ports.signals.tell([{ kind: 'conversation', id, connectionId, tenantId }])
  return messages
}

/** What is asked for, one content per Instagram message. */
function contentsOf(request: SendRequest): MessageContent[] {
  const { text, quickReplies, replyTo } = request
  const isRicher =
    request.attachment !== undefined ||
    request.template !== undefined ||
    request.reaction !== undefined ||
    request.turnId !== undefined
  const texts = text === undefined ? [] : splitText(text)
  if (isRicher || texts.length === 0) throw new AppError('replies/unsupported-body')
  return texts.map((piece, n) => ({
    text: piece,
    ...(n === 0 && replyTo !== undefined ? { replyTo } : {}),
    ...(n === texts.length - 1 && quickReplies !== undefined ? { quickReplies } : {}),
  }))
}

/** A person answers instead: what the automation had ready is not said, and its lines are dealt with. */
async function dropQueuedAnswers(
  db: Queryable,
  conversation: { readonly tenant_id: string; readonly id: string },
): Promise<void> {
  for (const { turn_id: turnId } of await findQueuedTurns(db, conversation)) {
    await dropTurn(db, {
      tenantId: conversation.tenant_id,
      turnId,
      conversationId: conversation.id,
      code: 'replies/human-took-over',
      isUnseen: false,
    })
  }
}

function requireOpenWindow(
  ports: Pick<Ports, 'clock'>,
  conversation: { readonly window_opened_at: Date | null },
  request: SendRequest,
): void {
  const windowOpenedAtMs = conversation.window_opened_at?.getTime() ?? null
  const humanAgent = request.humanAgent === true
  if (windowEndsAtMs({ windowOpenedAtMs }, humanAgent) <= ports.clock.now()) {
    throw new AppError(humanAgent ? 'replies/human-agent-closed' : 'replies/window-closed')
  }
}

async function requireSendable(
  ports: Pick<Ports, 'db' | 'clock'>,
  conversation: { readonly connection_id: string; readonly tenant_id: string },
): Promise<void> {
  const { connection_id: connectionId, tenant_id: tenantId } = conversation
  const connection = await loadConnection(ports, connectionId, [tenantId])
  if (connection.status !== 'active' && connection.status !== 'expiring') {
    throw new AppError('tokens/needs-reauth')
  }
  if (connection.capabilities.messages?.state === 'off') throw new AppError('replies/messages-off')
}
