import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import type { ConversationMode, ConversationRow } from './schema.ts'
import { lockConversation, setMode } from './store-conversations.ts'
import { forgetWaiting, unparkLane, wakeLane } from './store-lanes.ts'

export type ModeChange =
  | { readonly to: 'human'; readonly reason: string; readonly pausedUntil?: Date }
  | { readonly to: 'automated'; readonly answerWaiting: boolean }
  | { readonly to: 'closed' }

const AUDITED: Record<ConversationMode, string> = {
  human: 'conversation.taken_over',
  automated: 'conversation.resumed',
  closed: 'conversation.closed',
}

/**
 * Puts a conversation into other hands: a person takes over, the automation resumes, or it is closed. What the
 * automation had not sent yet is stopped. Resuming answers lines that come after it; the waiting ones too if asked.
 *
 * @throws AppError `conversations/not-found`.
 */
export async function changeMode(
  ports: Pick<Ports, 'db' | 'clock' | 'signals'>,
  conversationId: string,
  change: ModeChange,
  by: { readonly actor: string; readonly requestId?: string },
): Promise<void> {
  const conversation = await ports.db.transaction(async (db) => {
    const found = await lockConversation(db, conversationId)
    if (found === undefined) throw new AppError('conversations/not-found')
    await applyMode(db, found, change)
    await recordAudit(db, new Date(ports.clock.now()), {
      actor: by.actor,
      action: AUDITED[change.to],
      tenantId: found.tenant_id,
      subjectId: found.id,
      requestId: by.requestId ?? null,
    })
    return found
  })
  ports.signals.wake('lanes')
  ports.signals.tell([
    {
      kind: 'conversation',
      id: conversation.id,
      connectionId: conversation.connection_id,
      tenantId: conversation.tenant_id,
    },
  ])
}

/** The change itself, under the conversation's lock. */
export async function applyMode(
  db: Queryable,
  conversation: ConversationRow,
  change: ModeChange,
): Promise<void> {
  const reason = change.to === 'human' ? change.reason : null
  const until = change.to === 'human' ? (change.pausedUntil ?? null) : null
  await setMode(db, conversation.id, change.to, reason, until)
  if (change.to === 'automated') {
    if (!change.answerWaiting) await forgetWaiting(db, conversation.id)
    await unparkLane(db, conversation.id)
  }
  if (change.to === 'closed') await forgetWaiting(db, conversation.id)
  await wakeLane(db, {
    tenantId: conversation.tenant_id,
    connectionId: conversation.connection_id,
    conversationId: conversation.id,
  })
}
