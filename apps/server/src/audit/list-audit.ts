import { AppError } from '@parley/contract/app-error.ts'
import type { AuditEntry } from '@parley/contract/audit.ts'
import { listOfRows } from '#http/list.ts'
import type { Page } from '#http/list.ts'
import type { Queryable } from '#ports/database.ts'
import { selectAudit } from './store.ts'
import type { AuditFilter, AuditRow } from './store.ts'

/**
 * Who did what, newest first. `visible` null: lines that belong to no tenant too.
 *
 * @throws AppError `http/invalid-fields` for a cursor of another list.
 */
export async function listAudit(
  db: Queryable,
  visible: readonly string[] | null,
  filter: AuditFilter,
  page: Page,
): Promise<{ data: AuditEntry[]; nextCursor: string | null }> {
  if (page.after !== undefined && !/^\d{1,15}$/.test(page.after.id)) {
    throw new AppError('http/invalid-fields', {
      fields: [{ path: 'cursor', message: 'not a cursor of this list' }],
    })
  }
  const rows = await selectAudit(db, visible, filter, page)
  return listOfRows(rows, page, (row) => ({ at: row.at, id: String(row.id) }), entryOf)
}

/** A line as it is published. */
export function entryOf(row: AuditRow): AuditEntry {
  return {
    id: String(row.id),
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    tenantId: row.tenant_id,
    subjectId: row.subject_id,
    purpose: row.purpose,
    address: row.address,
    requestId: row.request_id,
    detail: row.detail,
    seq: row.seq,
    hash: row.hash,
  }
}
