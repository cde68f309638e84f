import type { Login } from '@parley/instagram/login.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { Found, StateRow } from './schema.ts'

export async function insertState(
  db: Queryable,
  row: Pick<
    StateRow,
    | 'tenant_id'
    | 'id'
    | 'session_id'
    | 'login'
    | 'app_id'
    | 'redirect_uri'
    | 'cookie_name'
    | 'browser_hash'
    | 'sealed_verifier'
    | 'expires_at'
  > & { state_hash: string; created_at: Date },
): Promise<void> {
  await db.run(sql`
    insert into oauth_states (tenant_id, id, session_id, state_hash, login, app_id, redirect_uri, cookie_name,
      browser_hash, sealed_verifier, created_at, expires_at)
    values (${row.tenant_id}, ${row.id}, ${row.session_id}, ${row.state_hash}, ${row.login}, ${row.app_id},
      ${row.redirect_uri}, ${row.cookie_name}, ${row.browser_hash}, ${row.sealed_verifier}, ${row.created_at},
      ${row.expires_at})`)
}

type Browser = { readonly names: readonly string[]; readonly hashes: readonly string[] }

/**
 * The one moment a state is good: not used, not late, of this login and app, sent from this address, and started in
 * this very browser. Of callbacks that come at once, one gets the row.
 */
export async function consumeState(
  db: Queryable,
  input: {
    stateHashes: readonly string[]
    login: Login
    appId: string
    redirectUri: string
    browser: Browser
    now: Date
  },
): Promise<StateRow | undefined> {
  const { names, hashes } = input.browser
  return await db.maybe<StateRow>(sql`
    update oauth_states s set consumed_at = ${input.now}
    where s.state_hash = any(${[...input.stateHashes]}) and s.consumed_at is null
      and s.expires_at > ${input.now} and s.login = ${input.login} and s.app_id = ${input.appId}
      and s.redirect_uri = ${input.redirectUri}
      and (s.cookie_name, s.browser_hash) in (
        select * from unnest(${[...names]}::text[], ${[...hashes]}::text[]))
    returning *`)
}

/** For the audit line and the words on the page, after a state was refused. */
export async function findState(
  db: Queryable,
  stateHashes: readonly string[],
): Promise<StateRow | undefined> {
  return await db.maybe<StateRow>(
    sql`select * from oauth_states where state_hash = any(${[...stateHashes]})`,
  )
}

export async function findOwnState(
  db: Queryable,
  id: string,
  browser: Browser,
): Promise<StateRow | undefined> {
  const { names, hashes } = browser
  return await db.maybe<StateRow>(sql`
    select * from oauth_states
    where id = ${id} and consumed_at is not null
      and (cookie_name, browser_hash) in (select * from unnest(${[...names]}::text[], ${[...hashes]}::text[]))`)
}

export async function keepChoices(
  db: Queryable,
  input: { tenantId: string; id: string; sealedToken: string; found: Found; until: Date },
): Promise<void> {
  await db.run(sql`
    update oauth_states set sealed_token = ${input.sealedToken}, found = ${JSON.stringify(input.found)}::jsonb,
      pick_until = ${input.until}
    where tenant_id = ${input.tenantId} and id = ${input.id}`)
}

/** Takes the choice once; the token leaves the row with it. */
export async function takeChoice(
  db: Queryable,
  input: { tenantId: string; id: string; now: Date },
): Promise<{ sealed_token: string; found: Found } | undefined> {
  return await db.maybe<{ sealed_token: string; found: Found }>(sql`
    with open as (
      select tenant_id, id, sealed_token, found from oauth_states
      where tenant_id = ${input.tenantId} and id = ${input.id} and picked_at is null
        and pick_until > ${input.now} and sealed_token is not null
      for update)
    update oauth_states s set picked_at = ${input.now}, sealed_token = null, found = null
    from open where s.tenant_id = open.tenant_id and s.id = open.id
    returning open.sealed_token, open.found`)
}

export async function setOutcome(
  db: Queryable,
  input: { tenantId: string; id: string; connectionId: string; grantId: string },
): Promise<void> {
  await db.run(sql`
    update oauth_states set connection_id = ${input.connectionId}, grant_id = ${input.grantId}, sealed_verifier = null
    where tenant_id = ${input.tenantId} and id = ${input.id}`)
}

/** Tokens of pickers nobody finished. */
export async function forgetLateChoices(db: Queryable, now: Date): Promise<number> {
  return await db.run(sql`
    update oauth_states set sealed_token = null, found = null
    where pick_until <= ${now} and sealed_token is not null`)
}
