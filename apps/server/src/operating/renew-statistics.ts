import type { Ports } from '#ports/ports.ts'
import { analyze, findOutgrown } from './store-statistics.ts'

/** How often young tables are looked at. */
export const STATISTICS_PAUSE_MS = 3000

/**
 * Tells the planner of tables that grow faster than the database's own housekeeping looks: a young installation
 * under its first load. Once tables are large this never acts, and the housekeeping does.
 */
export async function renewStatistics(ports: Pick<Ports, 'db'>): Promise<void> {
  const { relaxed } = ports.db
  for (const table of await findOutgrown(relaxed)) {
    await relaxed.transaction(async (db) => await analyze(db, table))
  }
}
