import type { Ports } from '#ports/ports.ts'
import { forgetUnowned as forget } from './store.ts'

const KEPT_MS = 7 * 24 * 60 * 60 * 1000

/** Deletes bodies nobody owns or could read after seven days. */
export async function forgetUnowned(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  await forget(ports.db, new Date(ports.clock.now() - KEPT_MS))
}
