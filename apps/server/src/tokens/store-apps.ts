import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/**
 * Takes calls of an app's hour.
 *
 * @returns how many of those wanted were left.
 */
export async function takeCalls(
  db: Queryable,
  input: { appId: string; count: number; perHour: number; now: Date },
): Promise<number> {
  const { appId, count, perHour, now } = input
  await db.run(sql`
    insert into meta_apps (app_id, hour) values (${appId}, date_trunc('hour', ${now}::timestamptz)) on conflict do nothing`)
  const row = await db.one<{ taken: number }>(sql`
    with held as (
      select app_id, case when hour = date_trunc('hour', ${now}::timestamptz) then calls else 0 end as spent
      from meta_apps where app_id = ${appId} for update
    ), granted as (
      select app_id, spent, greatest(0, least(${count}::integer, ${perHour}::integer - spent)) as taken from held
    )
    update meta_apps a set hour = date_trunc('hour', ${now}::timestamptz), calls = granted.spent + granted.taken
    from granted where a.app_id = granted.app_id returning granted.taken`)
  return row.taken
}

/**
 * One trouble is one opening, however many workers and grants meet it: only a probe that fails counts again, what comes
 * while it is open extends it at most.
 *
 * @returns how often it was opened since the app was last well.
 */
export async function openCircuit(
  db: Queryable,
  input: { appId: string; reason: string; until: Date; now: Date },
): Promise<{ openings: number; is_new: boolean }> {
  const { appId, reason, until, now } = input
  return await db.one<{ openings: number; is_new: boolean }>(sql`
    insert into meta_apps as a (app_id, hour, open_until, opened_at, openings, reason)
    values (${appId}, date_trunc('hour', ${now}::timestamptz), ${until}, ${now}, 1, ${reason})
    on conflict (app_id) do update set reason = excluded.reason, probing = false,
      openings = a.openings + case when a.open_until is null or a.probing then 1 else 0 end,
      opened_at = case when a.open_until is null or a.probing then excluded.opened_at else a.opened_at end,
      open_until = case when a.open_until is null or a.probing then excluded.open_until
        when excluded.reason = 'throttled' then greatest(a.open_until, excluded.open_until) else a.open_until end
    returning openings, opened_at = ${now}::timestamptz as is_new`)
}

/** How often the circuit was opened since the app was last well. */
export async function openingsOf(db: Queryable, appId: string): Promise<number> {
  const row = await db.maybe<{ openings: number }>(
    sql`select openings from meta_apps where app_id = ${appId}`,
  )
  return row?.openings ?? 0
}

/**
 * A grant of the app lives. A call that began before the trouble proves nothing, and Meta's own pause is kept.
 *
 * @param since when the call began. @returns whether the app had been broken.
 */
export async function closeCircuit(
  db: Queryable,
  { appId, since, now }: { appId: string; since: Date; now: Date },
): Promise<boolean> {
  const closed = await db.many<{ was: boolean }>(sql`
    with before as (
      select app_id, open_until is not null as was from meta_apps
      where app_id = ${appId} and (open_until is not null or lost <> '{}' or openings > 0)
        and (opened_at is null or opened_at < ${since}::timestamptz)
        and (reason is distinct from 'throttled' or probing or open_until <= ${now}::timestamptz) for update
    )
    update meta_apps a set open_until = null, opened_at = null, probing = false, openings = 0, lost = '{}', lost_at = null, reason = null
    from before where a.app_id = before.app_id returning before.was`)
  return closed[0]?.was ?? false
}

/**
 * Each person or grant counts once, however many calls fail.
 *
 * @returns how many of the app seemed to leave in a row, this one included.
 */
export async function countLoss(
  db: Queryable,
  input: { appId: string; who: string; now: Date; since: Date },
): Promise<number> {
  const { appId, who, now, since } = input
  const row = await db.one<{ losses: number }>(sql`
    insert into meta_apps as a (app_id, hour, lost, lost_at)
    values (${appId}, date_trunc('hour', ${now}::timestamptz), array[${who}::text], ${now})
    on conflict (app_id) do update set lost_at = ${now},
      lost = case
        when a.openings = 0 and (a.lost_at is null or a.lost_at < ${since}) then excluded.lost
        when ${who}::text = any(a.lost) then a.lost
        else (excluded.lost || a.lost)[1:50] end
    returning cardinality(lost) as losses`)
  return row.losses
}

/** Whether refreshes and checks of any of these apps are paused. */
export async function isAnyPaused(db: Queryable, appIds: readonly string[]): Promise<boolean> {
  const row = await db.one<{ paused: boolean }>(sql`
    select exists (select 1 from meta_apps where app_id = any(${[...appIds]}) and open_until is not null) as paused`)
  return row.paused
}
