import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** Who did what. Ids only: a reader of the log learns no content. */
export type AuditLine = {
  /** `key:<id>`, `operator:<id>`, `jwt:<subject>`, `automation`, `meta`, `system`, or `anonymous`. */
  readonly actor: string
  /** `connection.created`, `token.unsealed`, `conversation.taken_over`, … */
  readonly action: string
  readonly tenantId?: string | null
  readonly subjectId?: string | null
  /** Why a token was unsealed: `send`, `subscribe`, `self_test`, … */
  readonly purpose?: string | null
  readonly address?: string | null
  readonly requestId?: string | null
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>
}

/** Writes lines in the caller's transaction: what is undone leaves none. */
export async function recordAudit(
  db: Queryable,
  at: Date,
  lines: AuditLine | readonly AuditLine[],
): Promise<void> {
  const list = Array.isArray(lines) ? lines : [lines]
  if (list.length === 0) return
  await db.run(sql`
    insert into audit_log (at, actor, action, tenant_id, subject_id, purpose, address, request_id, detail)
    select ${at}, r.actor, r.action, r."tenantId", r."subjectId", r.purpose, r.address, r."requestId", r.detail
    from json_to_recordset(${JSON.stringify(list)}::json)
      as r (actor text, action text, "tenantId" text, "subjectId" text, purpose text, address text, "requestId" text, detail jsonb)`)
}
