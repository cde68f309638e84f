/** What must be nothing once a run has come to rest (I4). */
export type Unfinished = Readonly<Record<string, number>>

type Query = <Row>(text: string) => Promise<Row[]>

/** The server's tables are looked at here and nowhere else. */
export async function findUnfinished(query: Query): Promise<Unfinished> {
  const [row] = await query<Unfinished>(`
    select
      (select count(*)::int from deliveries where state = 'stored') as "deliveries not processed",
      (select count(*)::int from outbound_parts) as "parts not settled",
      (select count(*)::int from messages where status in ('queued', 'sending', 'unknown')) as "messages not settled",
      (select count(*)::int from waiting_lines w join conversations c on c.tenant_id = w.tenant_id and c.id = w.conversation_id
        where c.mode = 'automated') as "lines waiting",
      (select count(*)::int from lanes where lease_owner is not null) as "lanes leased",
      (select count(*)::int from lanes where ready_at <= clock_timestamp() and parked is null) as "lanes due",
      (select count(*)::int from lanes where parked is not null) as "lanes parked",
      (select count(*)::int from grants where lease_owner is not null) as "grants leased"`)
  return row ?? {}
}
