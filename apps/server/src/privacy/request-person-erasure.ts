import assert from 'node:assert/strict'
import type { Erasure } from '@parley/contract/erasure.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { forgetPerson } from '#conversations/forget-person.ts'
import { lockOwnConversation } from '#conversations/lock-own-conversation.ts'
import type { Ports } from '#ports/ports.ts'
import { forgetAnswersTo } from '#replies/forget-answers-to.ts'
import { describeErasure } from './describe-erasure.ts'
import { newCode } from './new-code.ts'
import type { Who } from './schema.ts'
import { findOfTenant, insertErasure } from './store.ts'
import { OF_PERSON } from './stores.ts'

/**
 * Erases the person of a conversation: what was written and collected and who they are, at once; copies of it in
 * deliveries and kept answers by the job. While that is under way, or when nothing was said since, it is the same erasure.
 *
 * @throws AppError `conversations/not-found`.
 */
export async function requestPersonErasure(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'config' | 'signals'>,
  conversationId: string,
  tenants: readonly string[] | null,
  who: Who,
): Promise<Erasure> {
  const at = new Date(ports.clock.now())
  const { row, conversation } = await ports.db.transaction(async (db) => {
    const conversation = await lockOwnConversation(db, conversationId, tenants)
    const tenantId = conversation.tenant_id
    await forgetAnswersTo(db, conversation)
    const erased = await forgetPerson(db, conversation, at)
    const known = await findOfTenant(db, 'person', tenantId, conversation.id)
    if (known !== undefined && erased === 0) return { row: known, conversation }

    const id = ports.random.uuid(at.getTime())
    const scope = {
      tenantId,
      connectionId: conversation.connection_id,
      conversationId: conversation.id,
    }
    await insertErasure(db, {
      id,
      code: newCode(ports),
      kind: 'person',
      subjectHash: null,
      tenantId,
      subjectId: conversation.id,
      requestedBy: who.actor,
      at,
      steps: OF_PERSON.map((store) => ({ ...scope, store })),
    })
    await recordAudit(db, at, {
      ...who,
      action: 'erasure.requested',
      tenantId,
      subjectId: conversation.id,
      detail: { kind: 'person', messages: erased },
    })
    return { row: await findOfTenant(db, 'person', tenantId, conversation.id), conversation }
  })
  assert(row !== undefined)
  ports.signals.tell([
    {
      kind: 'conversation',
      id: conversation.id,
      connectionId: conversation.connection_id,
      tenantId: conversation.tenant_id,
    },
  ])
  return await describeErasure(ports, row)
}
