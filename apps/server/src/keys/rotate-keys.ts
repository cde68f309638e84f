import { setTimeout as sleep } from 'node:timers/promises'
import { recordAudit } from '#audit/record-audit.ts'
import type { Place } from '#ports/cipher.ts'
import { wrap } from '#ports/master-keys.ts'
import type { Ports } from '#ports/ports.ts'
import { masterOf } from './rewrap-keys.ts'
import { RotationRefused } from './schema.ts'
import {
  dropOlderKeys,
  lockNewestKey,
  findRotation,
  insertDataKey,
  listOwners,
  tryLock,
} from './store.ts'
import type { Rotation } from './store.ts'
import { tenantOf, walkOwner } from './walk-owner.ts'
import type { Walk } from './walk-owner.ts'

/** Twice what a process may go without asking for new versions (`ports/owner-keys.ts`). */
const LEAD_MS = 20_000
/** Longer than anything takes between opening a value and writing it, or what was sealed before, back. */
const GRACE_MS = 120_000
const WALKS_MAX = 10
const WALK_PAUSE_MS = 300
const TICK_MS = 1_000
/** Of waiting and checking: something keeps writing with an older version. */
const ROUNDS_MAX = 5
const BEGINNING = { at_column: null, after_key: null }
/** The cipher's header has two bytes for it. */
const VERSION_MAX = 65_535

type Touched = Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'config'>

export type RotationProgress = {
  readonly phase: 'wait_for_readers' | 'reseal' | 'wait_for_writers' | 'check'
  readonly owner: string | null
  readonly column: string | null
  /** Of the walk in hand. */
  readonly resealed: number
  /** Owners done with this phase, of all. */
  readonly done: number
  readonly total: number
  readonly waitMs: number
}

export type RotationOutcome = {
  readonly owner: string
  readonly version: number
  /** Since the rotation began, every run of it. */
  readonly resealed: number
  /**
   * `rotated`: nothing needs the older versions, they are dropped. `waiting`: everything is re-sealed, but they may still
   * be written with for a moment: run again. `blocked`: a value that does not open needs them.
   */
  readonly state: 'rotated' | 'waiting' | 'blocked'
  readonly dropped: number
  readonly unreadable: number
  readonly unreadablePlaces: readonly Place[]
}

type Options = {
  readonly leadMs?: number
  readonly graceMs?: number
  /** Whether to stay until the older versions can be dropped. */
  readonly wait: boolean
  readonly onProgress: (progress: RotationProgress) => void
}

/**
 * Gives each owner a new version of its data key and moves everything it has sealed to it, while everything runs. Killed
 * anywhere, the next run goes on: a rotation that was begun is brought to its end before a new one begins.
 *
 * 1. The version is stored. 2. Every process has learned to read it; from then on all write with it. 3. A walk re-seals
 * what is older. 4. Nobody can write with an older one any more. 5. A whole walk finds nothing older: they are dropped.
 *
 * @throws RotationRefused when another one is at work, or an owner has no key.
 */
export async function rotateKeys(
  ports: Touched,
  whose: readonly string[] | 'all',
  options: Options,
): Promise<RotationOutcome[]> {
  const { leadMs = LEAD_MS, graceMs = GRACE_MS } = options
  await using session = await ports.db.session(() => undefined)
  if (!(await tryLock(session))) throw new RotationRefused('Another rotation is running.')
  const owners = whose === 'all' ? await listOwners(ports.db) : whose
  for (const owner of owners) {
    // Of all, one whose tenant was deleted meanwhile is none any more.
    const isThere = await begin(ports, owner, leadMs)
    if (!isThere && whose !== 'all') throw new RotationRefused(`There is no data key of ${owner}.`)
  }
  await ports.vault.learnKeys()

  const nothing = { owner: null, column: null, resealed: 0, waitMs: 0, total: owners.length }
  const tell =
    (phase: RotationProgress['phase'], done: number) => (of: Partial<RotationProgress>) =>
      options.onProgress({ ...nothing, phase, done, ...of })
  const readers = async (): Promise<number> => (await longest(ports, owners)).activeInMs
  await waitFor(readers, tell('wait_for_readers', 0))
  for (const [n, owner] of owners.entries()) {
    const rotation = await findRotation(ports.db, owner)
    // Its tenant was deleted meanwhile, and the key with it.
    if (rotation !== undefined) await resealOwner(ports, rotation, tell('reseal', n))
  }
  const outcomes: RotationOutcome[] = []
  const writers = async (): Promise<number> => graceMs - (await longest(ports, owners)).quietForMs
  if (options.wait) await waitFor(writers, tell('wait_for_writers', 0))
  for (const [n, owner] of owners.entries()) {
    for (let round = 1; round <= ROUNDS_MAX; round += 1) {
      const rest = async (): Promise<number> => graceMs - (await longest(ports, [owner])).quietForMs
      if (options.wait) await waitFor(rest, tell('wait_for_writers', n))
      const outcome = await conclude(ports, owner, graceMs, tell('check', n))
      if (outcome === undefined) break
      const isAgain = outcome.state === 'waiting' && options.wait && round < ROUNDS_MAX
      if (isAgain) continue
      outcomes.push(outcome)
      break
    }
  }
  return outcomes
}

/** False: the owner has no key. */
async function begin(ports: Touched, owner: string, leadMs: number): Promise<boolean> {
  const at = new Date(ports.clock.now())
  const [first, ...others] = ports.config.encryptionKeys
  return await ports.db.transaction(async (db) => {
    // Its row is locked, and says whether there is an owner.
    const newest = await lockNewestKey(db, owner)
    if (newest === undefined) return false
    if ((await findRotation(db, owner)) !== undefined) return true
    const version = newest.version + 1
    if (version > VERSION_MAX) throw new RotationRefused(`${owner} has no version left.`)
    // Under the master key every running process has: another one is taken by `--master`.
    const master = others.find(({ kid }) => kid === masterOf(newest)) ?? first
    const wrapped = await wrap(master, owner, version, ports.random.bytes(32))
    await insertDataKey(db, { owner, version, wrapped, at, leadMs })
    await recordAudit(db, at, {
      actor: 'system',
      action: 'key.rotation_begun',
      tenantId: tenantOf(owner),
      subjectId: owner,
      detail: { version },
    })
    return true
  })
}

type Tell = (of: Partial<RotationProgress>) => void

/** Walks until a whole walk has nothing left to do but what cannot be done. */
async function resealOwner(ports: Touched, rotation: Rotation, tell: Tell): Promise<void> {
  const onBatch = (column: string, { resealed }: Walk): void =>
    tell({ owner: rotation.owner, column, resealed })
  let from = rotation
  for (let walks = 1; ; walks += 1) {
    const walk = await walkOwner(ports, from, onBatch)
    const isWhole = from.at_column === null
    const isStill = walk.resealed === 0 && walk.skipped === 0
    if ((isWhole && isStill) || walks === WALKS_MAX) return
    if (walk.skipped > 0) await sleep(WALK_PAUSE_MS)
    from = { ...rotation, ...BEGINNING }
  }
}

/** A whole walk more, and the older versions go if it finds nothing that needs them. Undefined: the owner is gone. */
async function conclude(
  ports: Touched,
  owner: string,
  graceMs: number,
  tell: Tell,
): Promise<RotationOutcome | undefined> {
  // Read before the walk: what was written late was written before it, and is seen by it.
  const rotation = await findRotation(ports.db, owner)
  if (rotation === undefined) return undefined
  const walk = await walkOwner(ports, { ...rotation, ...BEGINNING }, (column, { resealed }) =>
    tell({ owner, column, resealed }),
  )
  const { version } = rotation
  const resealed = rotation.resealed + walk.resealed
  const { unreadable, unreadablePlaces } = walk
  const outcome = { owner, version, resealed, dropped: 0, unreadable, unreadablePlaces }
  if (unreadable > 0) return { ...outcome, state: 'blocked' }
  const isClean = walk.resealed + walk.skipped === 0
  if (!isClean || rotation.quiet_for_ms < graceMs) return { ...outcome, state: 'waiting' }
  const at = new Date(ports.clock.now())
  const dropped = await ports.db.transaction(async (db) => {
    await recordAudit(db, at, {
      actor: 'system',
      action: 'key.rotated',
      tenantId: tenantOf(owner),
      subjectId: owner,
      detail: { version, resealed },
    })
    return await dropOlderKeys(db, rotation)
  })
  return { ...outcome, state: 'rotated', dropped }
}

async function longest(
  ports: Pick<Ports, 'db'>,
  owners: readonly string[],
): Promise<{ activeInMs: number; quietForMs: number }> {
  let activeInMs = 0
  let quietForMs = Infinity
  for (const owner of owners) {
    const rotation = await findRotation(ports.db, owner)
    if (rotation === undefined) continue
    activeInMs = Math.max(activeInMs, rotation.active_in_ms)
    quietForMs = Math.min(quietForMs, rotation.quiet_for_ms)
  }
  return { activeInMs, quietForMs }
}

async function waitFor(leftMs: () => Promise<number>, tell: Tell): Promise<void> {
  for (let left = await leftMs(); left > 0; left = await leftMs()) {
    for (; left > 0; left -= TICK_MS) {
      tell({ waitMs: left })
      await sleep(Math.min(left, TICK_MS))
    }
  }
}
