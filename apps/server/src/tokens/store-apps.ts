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

/** @returns whether it was well until now. */
export async function openCircuit(
  db: Queryable,
  input: { appId: string; reason: string; until: Date; now: Date },
): Promise<boolean> {
  const row = await db.one<{ openings: number }>(sql`
    insert into meta_apps as a (app_id, hour, open_until, openings, reason)
    values (${input.appId}, date_trunc('hour', ${input.now}::timestamptz), ${input.until}, 1, ${input.reason})
    on conflict (app_id) do update set openings = a.openings + 1, reason = excluded.reason,
      open_until = greatest(a.open_until, excluded.open_until)
    returning openings`)
  return row.openings === 1
}

/** How often the circuit was opened since the app was last well. */
export async function openingsOf(db: Queryable, appId: string): Promise<number> {
  const row = await db.maybe<{ openings: number }>(
    sql`select openings from meta_apps where app_id = ${appId}`,
  )
  return row?.openings ?? 0
}

/** A grant of the app lives. @returns whether the app had been broken. */
export async function closeCircuit(db: Queryable, appId: string): Promise<boolean> {
  const closed = await db.many<{ was: boolean }>(sql`
    with before as (
      select app_id, open_until is not null as was from meta_apps
      where app_id = ${appId} and (open_until is not null or losses > 0 or openings > 0) for update
    )
    update meta_apps a set open_until = null, openings = 0, losses = 0, lost_at = null, reason = null
    from before where a.app_id = before.app_id returning before.was`)
  return closed[0]?.was ?? false
}

/** @returns how many grants of the app were lost in a row, this one included. */
export async function countLoss(
  db: Queryable,
  input: { appId: string; now: Date; since: Date },
): Promise<number> {
  const row = await db.one<{ losses: number }>(sql`
    insert into meta_apps as a (app_id, hour, losses, lost_at)
    values (${input.appId}, date_trunc('hour', ${input.now}::timestamptz), 1, ${input.now})
    on conflict (app_id) do update set
      losses = case when a.lost_at >= ${input.since} or a.openings > 0 then a.losses + 1 else 1 end, lost_at = ${input.now}
    returning losses`)
  return row.losses
}
