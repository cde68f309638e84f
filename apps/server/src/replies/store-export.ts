import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

type ExportedTurn = {
  readonly id: string
  readonly conversation_id: string
  readonly lines: readonly string[]
  readonly state: 'decided' | 'dropped' | 'failed'
  readonly sealed_flow_before: Buffer | null
  readonly decided_at: Date
}

export async function findTenantTurns(
  db: Queryable,
  tenantId: string,
  after: string,
  countMax: number,
): Promise<ExportedTurn[]> {
  return await db.many<ExportedTurn>(sql`
    select id, conversation_id, lines, state, sealed_flow_before, decided_at from turns
    where tenant_id = ${tenantId} and id > ${after}::uuid order by id limit ${countMax}`)
}
