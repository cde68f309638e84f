import { REFRESH_AGE_MS_MIN } from '@parley/instagram/limits.ts'
import type { Ports } from '#ports/ports.ts'
import { CLOCKS_APART_MS, LOOKED_AT_WITHIN_MS, REFRESHED_WITHIN_MS } from './plausible-dates.ts'
import {
  loadDatabaseTime,
  pullAppsBack,
  pullChecksBack,
  pullRefreshesBack,
  pullRetriesBack,
} from './store-dates.ts'

/**
 * What is due at a time no clock could have meant, is due now: a clock that was ahead for some weeks and came back left
 * such dates behind, and nothing would be looked at until they come. A refresh waits a day more, as the token's age is not
 * known either. A worker whose own clock is behind the database's mends nothing: to it every right date seems too far
 * off. Reads all grants, so it is not for every minute.
 *
 * @returns how many dates were pulled back.
 */
export async function mendDates(ports: Pick<Ports, 'db' | 'clock' | 'log'>): Promise<number> {
  const nowMs = ports.clock.now()
  const behindMs = (await loadDatabaseTime(ports.db)).getTime() - nowMs
  if (behindMs > CLOCKS_APART_MS) {
    ports.log.warn({ behindMs }, 'our clock is behind the database’s: no dates are mended')
    return 0
  }
  const now = new Date(nowMs)
  const looked = { to: now, latest: new Date(nowMs + LOOKED_AT_WITHIN_MS) }
  const refreshed = {
    to: new Date(nowMs + REFRESH_AGE_MS_MIN),
    latest: new Date(nowMs + REFRESHED_WITHIN_MS),
  }
  const mended =
    (await pullChecksBack(ports.db, looked)) +
    (await pullRetriesBack(ports.db, looked)) +
    (await pullRefreshesBack(ports.db, refreshed)) +
    (await pullAppsBack(ports.db, looked))
  if (mended > 0) ports.log.warn({ dates: mended }, 'dates of a clock that was ahead were mended')
  return mended
}
