import type { MetaCall } from '@parley/contract/meta-call.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type NotedCall = {
  readonly id: number
  readonly at: Date
  readonly action: string
  readonly purpose: string | null
  readonly address: string | null
  readonly detail: Readonly<Record<string, unknown>> | null
}

export type Seen = {
  readonly handshake: Date | null
  readonly test_event: Date | null
  readonly first_event: Date | null
  readonly last_delivery: Date | null
  readonly wrong_signature: Date | null
}

/** Lines of the audit log about calls of Meta's, newest first, before `(at, id)`. An index of their own finds them. */
export async function selectNotedCalls(
  db: Queryable,
  filter: {
    readonly kind: MetaCall['kind'] | undefined
    readonly outcome: MetaCall['outcome'] | undefined
    readonly before: { readonly at: Date; readonly id: number } | undefined
    readonly limit: number
  },
): Promise<NotedCall[]> {
  const { kind = null, outcome = null, before, limit } = filter
  return await db.many<NotedCall>(sql`
    select id, at, action, purpose, address, detail from audit_log
    where action in (
        'webhook.verified', 'webhook.verify_refused', 'webhook.refused',
        'meta.deauthorized', 'meta.deletion_requested', 'meta.signed_request_refused')
      and (${kind}::text is null or ${kind}::text = case action
        when 'webhook.verified' then 'handshake'
        when 'webhook.verify_refused' then 'handshake'
        when 'webhook.refused' then 'delivery'
        when 'meta.deauthorized' then 'deauthorize'
        when 'meta.deletion_requested' then 'data_deletion'
        else replace(purpose, '-', '_') end)
      and (${outcome}::text is null or (${outcome}::text = 'refused') = (action like '%refused'))
      and (${before?.at ?? null}::timestamptz is null
        or (at, id) < (${before?.at ?? null}::timestamptz, ${before?.id ?? 0}::bigint))
    order by at desc, id desc limit ${limit}`)
}

/** When each thing that shows that Meta's side is set up was seen. */
export async function readSeen(db: Queryable): Promise<Seen> {
  return await db.one<Seen>(sql`
    select
      (select at from audit_log where action = 'webhook.verified' order by at desc, id desc limit 1) as handshake,
      (select at from audit_log where action = 'webhook.refused'
         -- Whoever signs nothing, or nonsense, is not Meta.
         and detail ->> 'why' in ('unknown_secret', 'body_changed', 'verify_token') order by at desc, id desc limit 1) as wrong_signature,
      (select d.received_at from delivery_events e
         join deliveries d on d.id = e.delivery_id and d.part = e.part
         where e.outcome = 'test' order by e.delivery_id desc limit 1) as test_event,
      (select received_at from deliveries where tenant_id is not null order by id limit 1) as first_event,
      (select received_at from deliveries order by id desc limit 1) as last_delivery`)
}
