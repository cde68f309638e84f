import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '@parley/contract/app-error.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Igsid } from '@parley/instagram/ids.ts'
import type { Ports } from '#ports/ports.ts'
import { useGrant } from '#tokens/use-grant.ts'
import { countNoTry, keepProfile, takeDuePeople } from './store-people.ts'
import type { DuePerson } from './store-people.ts'

const BATCH_MAX = 10
/** Profiles wait for everything else: one after the other, this far apart. */
const APART_MS = 50
/** Between two batches. */
export const PROFILES_PAUSE_MS = 100
/** After a failure; at last the person stays unnamed. */
const TRY_AGAIN_MS = 10 * 60 * 1000
const TRIES_MAX = 5

/** Reads profiles of people who wrote: a later step than their line, that may fail alone. Returns how many were due. */
export async function readProfiles(ports: Ports): Promise<number> {
  const nowMs = ports.clock.now()
  const due = await takeDuePeople(
    ports.db.relaxed,
    new Date(nowMs),
    new Date(nowMs + TRY_AGAIN_MS),
    BATCH_MAX,
  )
  await Promise.all(
    due.map(async (person, n) => {
      await sleep(n * APART_MS)
      await readOne(ports, person)
    }),
  )
  return due.length
}

async function readOne(ports: Ports, person: DuePerson): Promise<void> {
  const connection = { tenantId: person.tenant_id, connectionId: person.connection_id }
  try {
    const grant = await useGrant(ports, connection, 'profile')
    const node = { login: grant.login, id: grant.nodeId, token: grant.token }
    // An id that was read by a schema before it was stored.
    const profile = await ports.graph.findPersonProfile(node, person.igsid as Igsid)
    const conversation = await keepProfile(
      ports.db.relaxed,
      person,
      profile === undefined
        ? undefined
        : {
            username: profile.username ?? null,
            name: profile.name ?? null,
            pictureUrl: profile.pictureUrl ?? null,
          },
    )
    if (conversation !== undefined) {
      ports.signals.tell([{ kind: 'conversation', id: conversation.id, ...connection }])
    }
  } catch (error) {
    const isMeta = error instanceof GraphError || error instanceof HttpFailure
    if (!isMeta && !(error instanceof AppError)) throw error
    if (isAboutAccount(error)) await countNoTry(ports.db, person)
    else if (person.profile_tries >= TRIES_MAX) await keepProfile(ports.db, person, undefined)
  }
}

/** Nothing can be read for this account now, whoever is asked for: a dead token, a limit, a setting of its owner. */
function isAboutAccount(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'tokens/needs-reauth'
  if (!(error instanceof GraphError)) return false
  const meaning = classifyGraphError(error)
  return meaning === 'needs_reauth' || meaning === 'throttled' || meaning === 'account_action'
}
