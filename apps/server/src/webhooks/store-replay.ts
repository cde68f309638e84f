import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { DeliveryRow } from './store-list.ts'

export type ReplayRange = {
  /** Null: every tenant's, and nobody's. */
  readonly tenantId: string | null
  /** Those nobody owns, besides. */
  readonly withUnowned: boolean
  readonly state: string | null
  /** Received at this moment or later. */
  readonly since: Date
  readonly until: Date
}

/** Behind `after`, in the order they came. Those that wait to be worked are left out. Bodies only when asked for. */
export async function selectReplayable(
  db: Queryable,
  range: ReplayRange,
  page: {
    readonly after: { readonly id: string; readonly part: number }
    readonly withBodies: boolean
    readonly limit: number
  },
): Promise<DeliveryRow[]> {
  const { tenantId, withUnowned, state, since, until } = range
  const { after, withBodies, limit } = page
  return await db.many<DeliveryRow>(sql`
    select id, part, tenant_id, received_at, bytes, signed_with, state, case when ${withBodies} then sealed end as sealed
    from deliveries
    where (id, part) > (${after.id}::uuid, ${after.part}::integer)
      and received_at >= ${since} and received_at < ${until} and state <> 'stored'
      and (${state}::text is null or state = ${state})
      and (${tenantId}::text is null or tenant_id = ${tenantId} or (${withUnowned} and tenant_id is null))
    order by id, part limit ${limit}`)
}

/** How many of these are in which state by now. */
export async function countStates(
  db: Queryable,
  rows: readonly Pick<DeliveryRow, 'id' | 'part'>[],
): Promise<{ state: DeliveryRow['state']; count: number }[]> {
  return await db.many(sql`
    select state, count(*) as count
    from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ part }) => part)}::integer[]) as wanted (id, part)
    join deliveries using (id, part) group by state`)
}
