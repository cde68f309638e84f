import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import type { Watched } from './schema.ts'
import { settleAlerts } from './settle-alerts.ts'
import { deleteMeasures, takeWatch } from './store-measures.ts'
import { watchApiVersion } from './watch-api-version.ts'
import { watchCalls } from './watch-calls.ts'
import { HISTORY_MS, watchTokenReads } from './watch-token-reads.ts'
import { watchWebhooks } from './watch-webhooks.ts'

/** How often what was counted is looked at. */
export const WATCH_PAUSE_MS = 60_000

const DAY_MS = 24 * 60 * 60 * 1000
/** The digest tells of a week. */
const KEPT_MS = 8 * DAY_MS

type Watch = (
  ports: Pick<Ports, 'config' | 'clock'>,
  db: Queryable,
) => Promise<readonly Watched[]> | readonly Watched[]

const WATCHES: readonly Watch[] = [watchCalls, watchWebhooks, watchTokenReads, watchApiVersion]

/**
 * Looks at what was counted and tells of what is too much, or is no more. Any number of workers may do so: one looks at
 * a time, and what fails of one watch is undone alone.
 */
export async function watchMeasures(
  ports: Pick<Ports, 'config' | 'db' | 'clock' | 'random' | 'log'>,
): Promise<void> {
  for (const watch of WATCHES) {
    try {
      await ports.db.transaction(async (db) => {
        if (!(await takeWatch(db))) return
        for (const watched of await watch(ports, db)) await settleAlerts(ports, db, watched)
      })
    } catch (error) {
      ports.log.warn({ err: error }, 'a look at what was counted failed; the next one comes')
    }
  }
  const nowMs = ports.clock.now()
  const { relaxed } = ports.db
  await deleteMeasures(relaxed, ['calls', 'webhooks', 'signatures'], new Date(nowMs - KEPT_MS))
  await deleteMeasures(relaxed, ['token_reads'], new Date(nowMs - HISTORY_MS))
}
