import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import { insertDefaultAutomation } from './store.ts'
import type { AutomationKey } from './store.ts'

/** Gives a connection its tenant's default automation when it first connects; an existing one stays. */
export async function copyDefaultAutomation(
  ports: Pick<Ports, 'clock'>,
  db: Queryable,
  key: AutomationKey,
): Promise<void> {
  await insertDefaultAutomation(db, key, new Date(ports.clock.now()))
}
