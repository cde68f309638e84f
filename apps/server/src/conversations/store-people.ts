import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type DuePerson = {
  readonly tenant_id: string
  readonly connection_id: string
  readonly igsid: string
  readonly profile_tries: number
}

/** Takes people whose profile is to be read, and puts the next try off, so that two workers never take the same. */
export async function takeDuePeople(
  db: Queryable,
  now: Date,
  nextTryAt: Date,
  countMax: number,
): Promise<DuePerson[]> {
  return await db.many<DuePerson>(sql`
    with due as (
      select tenant_id, connection_id, igsid from people
      where profile_due_at <= ${now} order by profile_due_at limit ${countMax} for update skip locked
    )
    update people p set profile_due_at = ${nextTryAt}, profile_tries = p.profile_tries + 1
    from due where p.tenant_id = due.tenant_id and p.connection_id = due.connection_id and p.igsid = due.igsid
    returning p.tenant_id, p.connection_id, p.igsid, p.profile_tries`)
}

/** The try that was just taken says nothing about the person. */
export async function countNoTry(db: Queryable, person: DuePerson): Promise<void> {
  await db.run(sql`
    update people set profile_tries = greatest(profile_tries - 1, 0)
    where tenant_id = ${person.tenant_id} and connection_id = ${person.connection_id} and igsid = ${person.igsid}`)
}

/** Keeps what Meta told, or that it tells nothing; the profile is not asked for again. */
export async function keepProfile(
  db: Queryable,
  person: DuePerson,
  profile:
    | {
        readonly username: string | null
        readonly name: string | null
        readonly pictureUrl: string | null
      }
    | undefined,
): Promise<{ id: string } | undefined> {
  await db.run(sql`
    update people set profile_due_at = null, username = coalesce(${profile?.username ?? null}, username),
      name = coalesce(${profile?.name ?? null}, name), picture_url = coalesce(${profile?.pictureUrl ?? null}, picture_url)
    where tenant_id = ${person.tenant_id} and connection_id = ${person.connection_id} and igsid = ${person.igsid}`)
  return await db.maybe<{ id: string }>(sql`
    select id from conversations
    where tenant_id = ${person.tenant_id} and connection_id = ${person.connection_id} and igsid = ${person.igsid}`)
}
