import { askInTime } from './ask-in-time.ts'
import { isWritable } from './store.ts'
import type { Ports } from '#ports/ports.ts'

export type Readiness =
  | { readonly status: 'ready' }
  | { readonly status: 'unavailable'; readonly reason: 'database_away' | 'database_read_only' }

/** Can this process store what arrives? */
export async function checkReadiness(ports: Pick<Ports, 'db' | 'log'>): Promise<Readiness> {
  try {
    const writable = await askInTime(isWritable(ports.db))
    if (writable === undefined) return { status: 'unavailable', reason: 'database_away' }
    return writable ? { status: 'ready' } : { status: 'unavailable', reason: 'database_read_only' }
  } catch (error) {
    ports.log.debug({ err: error }, 'the database does not answer')
    return { status: 'unavailable', reason: 'database_away' }
  }
}
