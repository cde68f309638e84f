import type { Ports } from '#ports/ports.ts'
import { LOOKED_AT_WITHIN_MS, REFRESHED_WITHIN_MS } from './plausible-dates.ts'
import { pullAppsBack, pullChecksBack, pullRefreshesBack, pullRetriesBack } from './store-dates.ts'

/**
 * What is due at a time no clock could have meant, is due now: a clock that was ahead for some weeks and came back left
 * such dates behind, and nothing would be looked at until they come. Reads all grants, so it is not for every minute.
 *
 * @returns how many dates were pulled back.
 */
export async function mendDates(ports: Pick<Ports, 'db' | 'clock' | 'log'>): Promise<number> {
  const nowMs = ports.clock.now()
  const now = new Date(nowMs)
  const looked = { now, latest: new Date(nowMs + LOOKED_AT_WITHIN_MS) }
  const refreshed = { now, latest: new Date(nowMs + REFRESHED_WITHIN_MS) }
  const mended =
    (await pullChecksBack(ports.db, looked)) +
    (await pullRetriesBack(ports.db, looked)) +
    (await pullRefreshesBack(ports.db, refreshed)) +
    (await pullAppsBack(ports.db, looked))
  if (mended > 0) ports.log.warn({ dates: mended }, 'dates of a clock that was ahead were mended')
  return mended
}
