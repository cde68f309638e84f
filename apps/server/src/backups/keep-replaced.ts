import { readEnd } from '#audit/read-end.ts'
import { endAgain } from '#connections/end-again.ts'
import { listEnded } from '#connections/list-ended.ts'
import type { EndedConnection } from '#connections/schema.ts'
import { eraseAgain } from '#conversations/erase-again.ts'
import { noteErased } from '#conversations/note-erased.ts'
import type { Clock } from '#ports/clock.ts'
import type { Queryable } from '#ports/database.ts'
import type { Random } from '#ports/random.ts'
import { keepErasures } from '#privacy/keep-erasures.ts'
import { repeatErasures } from '#privacy/repeat-erasures.ts'
import type { KeptErasures } from '#privacy/schema.ts'
import { forgetTurnStates } from '#replies/forget-turn-states.ts'
import type { Target } from './check-target.ts'
import { findInstance } from './store-restore.ts'

/** What outlives a replaced database, besides the messages that are noted in the transaction itself. */
export type Replaced = {
  readonly instance: string
  readonly erasures: KeptErasures | undefined
  readonly ended: readonly EndedConnection[]
  readonly hasMessages: boolean
  /** The end of its audit log. */
  readonly auditEnd: { readonly replacedLines: number; readonly replacedEnd: string } | undefined
}

/** What was under way when the backup began bears an earlier time. */
const UNDER_WAY_MS = 60_000

/** @returns undefined when there was no Parley. */
export async function keepReplaced(
  db: Queryable,
  { tables }: Target,
  takenAt: Date,
): Promise<Replaced | undefined> {
  // An older Parley has not all of them.
  const has = (name: string): boolean => tables.some((table) => table.name === name)
  const instance = has('parley_migrations') ? await findInstance(db) : undefined
  if (instance === undefined) return undefined
  const end = has('audit_chain') ? await readEnd(db) : undefined
  const since = new Date(takenAt.getTime() - UNDER_WAY_MS)
  if (has('messages')) await noteErased(db)
  return {
    instance,
    erasures: await keepErasures(db),
    ended: has('connections') ? await listEnded(db, since) : [],
    hasMessages: has('messages'),
    auditEnd: end && { replacedLines: end.count, replacedEnd: end.hash },
  }
}

/** How much of it the backup did not know. */
export type Repeated = {
  readonly erasures: number
  readonly disconnected: number
  readonly unsent: number
}

/** Does again what was done since the backup and must not come undone: people and Meta do not ask for it twice. */
export async function repeatReplaced(
  ports: { readonly clock: Clock; readonly random: Random },
  db: Queryable,
  replaced: Replaced,
): Promise<Repeated> {
  const at = new Date(ports.clock.now())
  const erasures =
    replaced.erasures === undefined ? 0 : await repeatErasures(db, replaced.erasures, at)
  const disconnected = await endAgain(ports, db, replaced.ended)
  const touched = replaced.hasMessages ? await eraseAgain(db) : []
  for (const conversation of touched) await forgetTurnStates(db, conversation)
  return {
    erasures,
    disconnected,
    unsent: touched.reduce((sum, { erased }) => sum + erased, 0),
  }
}
