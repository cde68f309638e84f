import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import type { ConversationMode, ConversationRow } from './schema.ts'
import { lockConversation, setMode } from './store-conversations.ts'
import { forgetWaiting, isParked, unparkLane, wakeLane } from './store-lanes.ts'

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
 * @param change decided under the conversation's lock when it depends on how things stand; undefined: nothing.
 * @returns whether anything changed.
 * @throws AppError `conversations/not-found`.
 */
export async function changeMode(
  ports: Pick<Ports, 'db' | 'clock' | 'signals'>,
  conversationId: string,
  change: ModeChange | ((conversation: ConversationRow) => ModeChange | undefined),
  by: { readonly actor: string; readonly requestId?: string },
): Promise<boolean> {
  const conversation = await ports.db.transaction(async (db) => {
    const found = await lockConversation(db, conversationId)
    if (found === undefined) throw new AppError('conversations/not-found')
    const decided = typeof change === 'function' ? change(found) : change
    if (decided === undefined || !(await applyMode(db, found, decided))) return undefined
    await recordAudit(db, new Date(ports.clock.now()), {
      actor: by.actor,
      action: AUDITED[decided.to],
      tenantId: found.tenant_id,
      subjectId: found.id,
      requestId: by.requestId ?? null,
    })
    return found
  })
  if (conversation === undefined) return false
  ports.signals.wake('lanes')
  ports.signals.tell([
    {
      kind: 'conversation',
      id: conversation.id,
      connectionId: conversation.connection_id,
      tenantId: conversation.tenant_id,
    },
  ])
  return true
}

/** The change itself, under the conversation's lock. Returns whether there was any. */
export async function applyMode(
  db: Queryable,
  conversation: ConversationRow,
  change: ModeChange,
): Promise<boolean> {
  // Who resumes what was never stopped takes nothing from anybody.
  const isResumed = change.to === 'automated' && conversation.mode === 'automated'
  if (isResumed && !(await isParked(db, conversation.id))) return false
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
  return true
}
