import type { AuditEntry } from '@parley/contract/audit.ts'
import type { Page } from '#http/list.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type AuditRow = {
  id: number
  at: Date
  /** The same in microseconds since 1970: a `Date` has no more than milliseconds. */
  at_us: number
  actor: string
  action: string
  tenant_id: string | null
  subject_id: string | null
  purpose: string | null
  address: string | null
  request_id: string | null
  detail: AuditEntry['detail']
  /** Place in the chain; null until the line is chained, about a second after its commit. */
  seq: number | null
  hash: string | null
}

export type AuditFilter = {
  readonly tenantId?: string | undefined
  readonly action?: string | undefined
  readonly actor?: string | undefined
  readonly subjectId?: string | undefined
}

/** Newest first; `limit + 1` rows. Ids grow with time, so they alone are the position. */
export async function selectAudit(
  db: Queryable,
  visible: readonly string[] | null,
  filter: AuditFilter,
  page: Page,
): Promise<AuditRow[]> {
  const before = page.after === undefined ? null : Number(page.after.id)
  return await db.many<AuditRow>(sql`
    select *, (extract(epoch from at) * 1000000)::bigint as at_us
    from audit_log
    where (${visible}::text[] is null or tenant_id = any(${visible}))
      and (${filter.tenantId ?? null}::text is null or tenant_id = ${filter.tenantId ?? null})
      and (${filter.action ?? null}::text is null or action = ${filter.action ?? null})
      and (${filter.actor ?? null}::text is null or actor = ${filter.actor ?? null})
      and (${filter.subjectId ?? null}::text is null or subject_id = ${filter.subjectId ?? null})
      and (${before}::bigint is null or id < ${before}::bigint)
    order by id desc limit ${page.limit + 1}`)
}
