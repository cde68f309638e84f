import { setTimeout as sleep } from 'node:timers/promises'
import { isWritable } from './store.ts'
import type { Ports } from '#ports/ports.ts'

export type Readiness =
  | { readonly status: 'ready' }
  | { readonly status: 'unavailable'; readonly reason: 'database_away' | 'database_read_only' }

const ANSWER_WAIT_MS = 2_000

/** Can this process store what arrives? A frozen database counts as away. */
export async function checkReadiness(ports: Pick<Ports, 'db' | 'log'>): Promise<Readiness> {
  const giveUp = new AbortController()
  try {
    const late = sleep(ANSWER_WAIT_MS, undefined, { signal: giveUp.signal, ref: false })
    const writable = await Promise.race([isWritable(ports.db), late])
    if (writable === undefined) return { status: 'unavailable', reason: 'database_away' }
    return writable ? { status: 'ready' } : { status: 'unavailable', reason: 'database_read_only' }
  } catch (error) {
    ports.log.debug({ err: error }, 'the database does not answer')
    return { status: 'unavailable', reason: 'database_away' }
  } finally {
    giveUp.abort()
  }
}
