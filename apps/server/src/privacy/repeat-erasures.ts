import assert from 'node:assert/strict'
import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { closeConnections, ERASED } from '#connections/close-connections.ts'
import { endConnections } from '#connections/end-connections.ts'
import { forgetPerson } from '#conversations/forget-person.ts'
import { lockOwnConversation } from '#conversations/lock-own-conversation.ts'
import type { Queryable } from '#ports/database.ts'
import { destroyTenantKey } from '#ports/vault.ts'
import { forgetAnswersTo } from '#replies/forget-answers-to.ts'
import { beginErasing } from '#tenants/begin-erasing.ts'
import { destroyGrants } from '#tokens/destroy-grants.ts'
import type { ErasureRow, KeptErasures, StepRow } from './schema.ts'
import { findSteps } from './store.ts'
import { insertKept } from './store-keep.ts'

/**
 * Erases again what an older copy of the data brought back: keys, tokens and what a person wrote at once, everything
 * else by the job. Codes and ids stay, so receipts do. In the caller's transaction nothing of it was ever readable.
 *
 * @returns how many erasures the copy did not know.
 */
export async function repeatErasures(db: Queryable, kept: KeptErasures, at: Date): Promise<number> {
  const rows = await insertKept(db, kept)
  for (const row of rows) {
    await beginAgain(db, row, at)
    await recordAudit(db, at, {
      actor: 'system',
      action: 'erasure.repeated',
      tenantId: row.tenant_id,
      subjectId: row.id,
      detail: { kind: row.kind },
    })
  }
  return rows.length
}

/** What asking for it does at once. */
async function beginAgain(db: Queryable, row: ErasureRow, at: Date): Promise<void> {
  switch (row.kind) {
    case 'tenant':
      assert(row.tenant_id !== null)
      await beginErasing(db, row.tenant_id, at)
      await destroyTenantKey(db, row.tenant_id)
      // The job would tell of their end, sealed with the key that is gone.
      await endConnections(db, row.tenant_id, at)
      return
    case 'account':
      await closeAgain(db, await findSteps(db, row.id), at)
      return
    case 'person':
      assert(row.subject_id !== null)
      await eraseConversation(db, row.subject_id, at)
      return
    case 'test':
  }
}

async function closeAgain(db: Queryable, steps: readonly StepRow[], at: Date): Promise<void> {
  const closed = new Set<string>()
  for (const { tenant_id: tenantId, connection_id: connectionId } of steps) {
    if (connectionId === null || closed.has(connectionId)) continue
    closed.add(connectionId)
    await destroyGrants(db, { tenantId, connectionId, reason: ERASED })
    await closeConnections(db, [{ tenantId, connectionId }], at)
  }
}

async function eraseConversation(db: Queryable, id: string, at: Date): Promise<void> {
  try {
    const conversation = await lockOwnConversation(db, id, null)
    await forgetAnswersTo(db, conversation)
    await forgetPerson(db, conversation, at)
  } catch (error) {
    // The copy is older than the conversation.
    if (!(error instanceof AppError) || error.code !== 'conversations/not-found') throw error
  }
}
