import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { AuditRow } from './store.ts'

/** The end of the chain: how many lines it has, and the last one's hash. */
export type ChainHead = { readonly count: number; readonly hash: string }

export type ChainedRow = AuditRow & { readonly seq: number; readonly hash: string }

export async function hasUnchained(db: Queryable): Promise<boolean> {
  return (await db.many(sql`select 1 from audit_log where seq is null limit 1`)).length > 0
}

/** Undefined while another worker holds it. Held until the caller's transaction ends, however its process does. */
export async function lockHead(db: Queryable): Promise<ChainHead | undefined> {
  return await db.maybe<ChainHead>(sql`select count, hash from audit_chain for update skip locked`)
}

/** Lines nobody has chained, in no promised order: those of late commits too. */
export async function selectUnchained(db: Queryable, limit: number): Promise<AuditRow[]> {
  return await db.many<AuditRow>(sql`
    select *, (extract(epoch from at) * 1000000)::bigint as at_us
    from audit_log where seq is null limit ${limit}`)
}

export async function writeChain(
  db: Queryable,
  links: readonly { id: number; seq: number; hash: string }[],
  head: ChainHead,
): Promise<number> {
  const written = await db.run(sql`
    update audit_log a set seq = r.seq, hash = r.hash
    from unnest(${links.map(({ id }) => id)}::bigint[], ${links.map(({ seq }) => seq)}::bigint[],
      ${links.map(({ hash }) => hash)}::text[]) as r (id, seq, hash)
    where a.id = r.id and a.seq is null`)
  await db.run(sql`update audit_chain set count = ${head.count}, hash = ${head.hash}`)
  return written
}

export async function selectChained(
  db: Queryable,
  after: number,
  limit: number,
): Promise<ChainedRow[]> {
  return await db.many<ChainedRow>(sql`
    select *, (extract(epoch from at) * 1000000)::bigint as at_us
    from audit_log where seq > ${after}::bigint order by seq limit ${limit}`)
}

/** Of one moment: the head, the first and last numbers given, and how many lines wait for one. */
export async function readEnds(db: Queryable): Promise<{
  count: number | null
  hash: string | null
  first: number
  last: number
  waiting: number
}> {
  return await db.one(sql`
    select (select count from audit_chain), (select hash from audit_chain),
      coalesce((select min(seq) from audit_log), 1) as first,
      coalesce((select max(seq) from audit_log), 0) as last,
      (select count(*) from audit_log where seq is null) as waiting`)
}

/** Whole pages by id, so that no statement reads more, whatever the caller then leaves out. */
export async function selectPage(
  db: Queryable,
  tenantId: string | undefined,
  after: number,
  limit: number,
): Promise<AuditRow[]> {
  if (tenantId === undefined) {
    return await db.many<AuditRow>(sql`
      select *, (extract(epoch from at) * 1000000)::bigint as at_us
      from audit_log where id > ${after}::bigint order by id limit ${limit}`)
  }
  return await db.many<AuditRow>(sql`
    select *, (extract(epoch from at) * 1000000)::bigint as at_us
    from audit_log where tenant_id = ${tenantId} and id > ${after}::bigint order by id limit ${limit}`)
}
