import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/**
 * Takes up to `count` sends from each account's bucket: `perSecond` refill it, one second's worth is the most it
 * holds. Rows are taken in one order, so that workers never wait for each other in a ring.
 */
export async function takeSends(
  db: Queryable,
  asked: readonly { readonly connectionId: string; readonly count: number }[],
  perSecond: number,
): Promise<{ connection_id: string; granted: number }[]> {
  return await db.many(sql`
    with asked as (
      select * from unnest(${asked.map((one) => one.connectionId)}::uuid[], ${asked.map((one) => one.count)}::integer[]) as a (connection_id, n)
    ), held as (
      select b.connection_id, a.n,
        least(${perSecond}::real, b.tokens + ${perSecond}::real * extract(epoch from clock_timestamp() - b.refill_at)::real) as available
      from send_budgets b join asked a using (connection_id)
      order by b.connection_id for update of b
    ), made as (
      insert into send_budgets (connection_id, refill_at, tokens)
      select connection_id, clock_timestamp(), ${perSecond}::real - n from asked a
      where (select 1 from send_budgets b where b.connection_id = a.connection_id) is null order by connection_id
      on conflict do nothing returning connection_id
    ), taken as (
      update send_budgets b set refill_at = clock_timestamp(), tokens = h.available - least(h.n, floor(h.available))
      from held h where b.connection_id = h.connection_id
      returning b.connection_id, least(h.n, floor(h.available))::integer as granted
    )
    select connection_id, granted from taken
    union all
    select connection_id, n from made join asked using (connection_id)`)
}
