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
      where app_id = ${appId} and (open_until is not null or lost_grants <> '{}' or openings > 0) for update
    )
    update meta_apps a set open_until = null, openings = 0, lost_grants = '{}', lost_at = null, reason = null
    from before where a.app_id = before.app_id returning before.was`)
  return closed[0]?.was ?? false
}

/**
 * Each grant counts once, however many calls with it fail.
 *
 * @returns how many of the app's grants seemed to die in a row, this one included.
 */
export async function countLoss(
  db: Queryable,
  input: { appId: string; grantId: string; now: Date; since: Date },
): Promise<number> {
  const { appId, grantId, now, since } = input
  const row = await db.one<{ losses: number }>(sql`
    insert into meta_apps as a (app_id, hour, lost_grants, lost_at)
    values (${appId}, date_trunc('hour', ${now}::timestamptz), array[${grantId}::uuid], ${now})
    on conflict (app_id) do update set lost_at = ${now},
      lost_grants = case
        when a.openings = 0 and (a.lost_at is null or a.lost_at < ${since}) then excluded.lost_grants
        when ${grantId}::uuid = any(a.lost_grants) then a.lost_grants
        else (excluded.lost_grants || a.lost_grants)[1:50] end
    returning cardinality(lost_grants) as losses`)
  return row.losses
}
