import type { ErrorCode } from '@parley/contract/errors.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { handToHuman } from '#conversations/hand-to-human.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import { windowEndsAtMs } from './choose-step.ts'
import type { Head, Lane, LaneFacts } from './schema.ts'
import { countDrop, failParts, lockEpochs } from './store-stop.ts'
import { dropTurn } from './store-turns.ts'
import { tellSettled } from './tell-settled.ts'

/**
 * A queued message may not leave any more. Of an answer the rest is dropped with it; when nothing of it has left, its
 * lines wait again, for whoever answers next. A message of a person fails with the reason.
 */
export async function stopAnswer(
  ports: HostEventPorts,
  facts: LaneFacts,
  head: Head,
): Promise<void> {
  const { lane } = facts
  const { tenantId, conversationId } = lane
  const now = new Date(ports.clock.now())
  await ports.db.transaction(async (db) => {
    const epochs = await lockEpochs(db, lane, head.messageId)
    // Settled, or allowed again by now: the next look decides.
    if (epochs === undefined) return
    const endsAtMs = windowEndsAtMs(
      { windowOpenedAtMs: epochs.window_opened_at?.getTime() ?? null },
      head.humanAgent,
    )
    const isClosed = endsAtMs <= now.getTime()
    if (head.turnId === null) {
      if (!isClosed) return
      const failed = { messageId: head.messageId, code: 'replies/window-closed' } as const
      return await fail(ports, db, lane, failed)
    }
    const isStopped = epochs.part_stop_epoch !== epochs.stop_epoch
    const isOvertaken = head.isFirst && epochs.part_line_epoch !== epochs.line_epoch
    const code = reasonOf({ isStopped, isClosed, isOvertaken, mode: epochs.mode })
    if (code === undefined) return
    await dropTurn(db, {
      tenantId,
      turnId: head.turnId,
      conversationId,
      code,
      isUnseen: head.isFirst && !isDealtWith(epochs),
    })
    if (isOvertaken && !isStopped) await countDrop(db, conversationId)
    if (isClosed && !isStopped) await handToHuman(ports, db, lane, 'replies/window-closed')
    await recordAudit(db, now, {
      actor: 'automation',
      action: 'message.dropped',
      tenantId,
      subjectId: head.messageId,
      detail: { code },
    })
  })
}

/** Its lines are nobody's to answer any more: somebody answered them in the Instagram app, or closed the conversation. */
const isDealtWith = (epochs: {
  readonly mode: string
  readonly mode_reason: string | null
}): boolean => epochs.mode === 'closed' || epochs.mode_reason === 'instagram_app'

function reasonOf(what: {
  readonly isStopped: boolean
  readonly isClosed: boolean
  readonly isOvertaken: boolean
  readonly mode: string
}): ErrorCode | undefined {
  if (what.isStopped) {
    return what.mode === 'human' ? 'replies/human-took-over' : 'replies/overtaken'
  }
  if (what.isClosed) return 'replies/window-closed'
  return what.isOvertaken ? 'replies/overtaken' : undefined
}

/**
 * A message of an answer failed for good: the rest of the answer is dropped, and a person gets the conversation with
 * the reason.
 */
export async function giveUpAnswer(
  ports: HostEventPorts,
  lane: Lane,
  failed: { readonly messageId: string; readonly turnId: string | null; readonly code: ErrorCode },
): Promise<void> {
  const { tenantId, conversationId } = lane
  const { turnId, code } = failed
  await ports.db.transaction(async (db) => {
    await lockEpochs(db, lane, failed.messageId)
    await fail(ports, db, lane, failed)
    await recordAudit(db, new Date(ports.clock.now()), {
      actor: 'automation',
      action: 'message.failed',
      tenantId,
      subjectId: failed.messageId,
      detail: { code },
    })
    if (turnId === null) return
    await dropTurn(db, {
      tenantId,
      turnId,
      conversationId,
      code: 'replies/earlier-part-failed',
      isUnseen: false,
    })
    await handToHuman(ports, db, lane, code)
  })
}

async function fail(
  ports: HostEventPorts,
  db: Queryable,
  lane: Lane,
  failed: { readonly messageId: string; readonly code: ErrorCode },
): Promise<void> {
  const nature = await failParts(db, lane, failed)
  if (nature !== undefined) await tellSettled(ports, db, [{ ...lane, ...failed, ...nature }])
}
