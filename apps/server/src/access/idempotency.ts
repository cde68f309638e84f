import assert from 'node:assert/strict'
import { AppError } from '@parley/contract/app-error.ts'
import type { AppContext, AppMiddleware, Departure } from '#http/app-env.ts'
import { callerKey } from '#http/caller.ts'
import { bytes } from '#http/read-bytes.ts'
import type { Place } from '#ports/cipher.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { hashesOfSecret } from './hash-secret.ts'
import {
  deleteAnswer,
  insertAnswer,
  markLeft,
  selectAnswer,
  updateAnswer,
} from './store-answers.ts'
import type { AnswerRow } from './store-answers.ts'

/** How long an answer is repeated. */
export const ANSWER_LIFE_MS = 24 * 60 * 60 * 1000
/** A request that did not finish in this time died with its process; the next one takes its place. */
const RUNNING_MS_MAX = 60_000
const KEY = /^[\x21-\x7e]{1,255}$/

type Trip = { caller: string; key: string; bodyHashes: string[] }
type Kept = { contentType: string; body: string }

/**
 * `Idempotency-Key` on POST: the same caller, key and body get the same answer for a day, and the work is done once.
 * Answers that say nothing final (401, 403, 429, 5xx) are not kept, unless the work had left this program
 * (`c.var.departure`): what may have been done is not done again, and a repeat is told so. A kept answer is sealed with
 * the key of the tenant it belongs to (`c.set('tenantId', …)`, else the caller's), or of the inbox when it belongs to none.
 *
 * @throws AppError `http/idempotency-mismatch`, `http/idempotency-busy`, `http/invalid-fields`, `graph/outcome-unknown`.
 */
export function idempotency(
  ports: Pick<Ports, 'db' | 'clock' | 'config' | 'vault'>,
): AppMiddleware {
  return async (c, next) => {
    const key = c.req.header('idempotency-key')
    const { caller } = c.var
    if (key === undefined || c.req.method !== 'POST' || caller === undefined) {
      return await next()
    }
    if (!KEY.test(key)) {
      throw new AppError('http/invalid-fields', {
        fields: [{ path: 'Idempotency-Key', message: '1 to 255 visible ASCII characters' }],
      })
    }
    const bodyHashes = hashesOfSecret(
      ports,
      'idempotency',
      Buffer.concat([Buffer.from(`${c.req.path}\0`), await bytes(c)]),
    )
    const trip = { caller: callerKey(caller), key, bodyHashes }
    const at = new Date(ports.clock.now())
    const answered = await begin(ports, trip, at)
    if (answered !== undefined) return await repeat(ports, c, trip, answered)
    const departure = departureOf(ports, trip, at)
    c.set('departure', departure)
    let isKept = false
    c.set('keepAnswer', async (db, { tenantId, status, body }) => {
      const kept: Kept = { contentType: 'application/json', body: JSON.stringify(body) }
      const count = await keep(ports, db, { ...trip, at, tenantId, status }, kept)
      if (count === 0) throw takenOver()
      isKept = true
    })
    // A bug leaves through here as an answer too: it was made by the error handler below this middleware.
    await next()
    if (departure.isStreamed()) return undefined
    // Work that was undone took its kept answer with it.
    if (!isKept || c.res.status >= 400) {
      await finish(ports, c, { ...trip, at, hasLeft: departure.hasLeft() })
    }
    return undefined
  }
}

/** Undefined: this request goes on. */
async function begin(
  ports: Pick<Ports, 'db' | 'clock'>,
  trip: Trip,
  at: Date,
): Promise<AnswerRow | undefined> {
  const [bodyHash] = trip.bodyHashes
  assert(bodyHash !== undefined)
  // Twice: the row found may be one that counts no more.
  for (let round = 0; round < 2; round += 1) {
    if (await insertAnswer(ports.db, { ...trip, bodyHash, at })) return undefined
    const row = await selectAnswer(ports.db, trip.caller, trip.key)
    if (row === undefined) continue
    const ageMs = at.getTime() - row.created_at.getTime()
    if (ageMs < ANSWER_LIFE_MS) {
      if (!trip.bodyHashes.includes(row.body_hash)) throw new AppError('http/idempotency-mismatch')
      if (row.status !== null) return row
      if (ageMs < RUNNING_MS_MAX) break
      if (row.has_left) throw new AppError('graph/outcome-unknown')
    }
    await deleteAnswer(ports.db, trip.caller, trip.key, row.created_at)
  }
  throw new AppError('http/idempotency-busy', { retryAfterSeconds: 1 })
}

function departureOf(
  ports: Pick<Ports, 'db'>,
  trip: Trip,
  at: Date,
): Departure & { hasLeft(): boolean; isStreamed(): boolean } {
  let hasLeft = false
  let isStreamed = false
  return {
    async leave() {
      if ((await markLeft(ports.db, { ...trip, at })) === 0) throw takenOver()
      hasLeft = true
    },
    refused() {
      hasLeft = false
    },
    streams() {
      isStreamed = true
    },
    hasLeft: () => hasLeft,
    isStreamed: () => isStreamed,
  }
}

/** This request took too long, and a repeat of it is at work: one of them is enough. */
const takenOver = (): AppError => new AppError('http/idempotency-busy', { retryAfterSeconds: 1 })

async function finish(
  ports: Pick<Ports, 'db' | 'vault'>,
  c: AppContext,
  trip: Trip & { at: Date; hasLeft: boolean },
): Promise<void> {
  const { status } = c.res
  const saysNothing = status >= 500 || status === 401 || status === 403 || status === 429
  if (saysNothing && !trip.hasLeft) {
    await deleteAnswer(ports.db, trip.caller, trip.key, trip.at)
    return
  }
  const kept: Kept = {
    contentType: c.res.headers.get('content-type') ?? 'application/json',
    body: await c.res.clone().text(),
  }
  await keep(ports, ports.db, { ...trip, tenantId: tenantOf(c), status }, kept)
}

async function keep(
  ports: Pick<Ports, 'vault'>,
  db: Queryable,
  answer: Trip & { at: Date; tenantId: string | null; status: number },
  kept: Kept,
): Promise<number> {
  const sealer = await ports.vault.ownerOf(answer.tenantId)
  const sealed = sealer.seal(placeOf(answer), JSON.stringify(kept))
  return await updateAnswer(db, { ...answer, sealed })
}

async function repeat(
  ports: Pick<Ports, 'vault'>,
  c: AppContext,
  trip: Trip,
  row: AnswerRow,
): Promise<Response> {
  assert(row.status !== null && row.sealed_answer !== null)
  const sealer = await ports.vault.ownerOf(row.tenant_id)
  // Sealed by `finish` of this very program.
  const kept = JSON.parse(sealer.open(placeOf(trip), row.sealed_answer).toString('utf8')) as Kept
  return new Response(kept.body, {
    status: row.status,
    headers: { 'Content-Type': kept.contentType, 'Idempotent-Replayed': 'true' },
  })
}

function tenantOf(c: AppContext): string | null {
  const { caller, tenantId } = c.var
  if (tenantId !== undefined) return tenantId
  if (caller?.kind === 'key') return caller.tenantId
  if (caller?.kind === 'jwt' && !caller.createsTenant) return caller.tenantId
  return null
}

function placeOf(trip: Trip): Place {
  return { table: 'idempotent_answers', row: `${trip.caller} ${trip.key}`, column: 'sealed_answer' }
}
