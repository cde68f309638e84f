import { setTimeout as sleep } from 'node:timers/promises'
import { recordAudit } from '#audit/record-audit.ts'
import type { Place } from '#ports/cipher.ts'
import { wrap } from '#ports/master-keys.ts'
import type { Ports } from '#ports/ports.ts'
import { RotationRefused } from './schema.ts'
import {
  dropOlderKeys,
  findNewestVersion,
  findRotation,
  insertDataKey,
  listOwners,
  tryLock,
} from './store.ts'
import type { Rotation } from './store.ts'
import { tenantOf, walkOwner } from './walk-owner.ts'
import type { Walk } from './walk-owner.ts'

/** Twice what a process may go without asking for new versions (`ports/data-keys.ts`). */
const LEAD_MS = 20_000
/** Longer than anything takes between opening a value and writing it, or what was sealed before, back. */
const GRACE_MS = 120_000
const WALKS_MAX = 10
const WALK_PAUSE_MS = 300
const TICK_MS = 1_000
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
   * be written with for a moment: run again. `blocked`: something needs them.
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
  for (const owner of owners) await begin(ports, owner, leadMs)
  await ports.vault.learnKeys()

  const nothing = { owner: null, column: null, resealed: 0, waitMs: 0, total: owners.length }
  const tell =
    (phase: RotationProgress['phase'], done: number) => (of: Partial<RotationProgress>) =>
      options.onProgress({ ...nothing, phase, done, ...of })
  const readers = async (): Promise<number> => (await longest(ports, owners)).activeInMs
  await waitFor(readers, tell('wait_for_readers', 0))
  const walks = new Map<string, Walk>()
  for (const [n, owner] of owners.entries()) {
    const rotation = await findRotation(ports.db, owner)
    // Its tenant was deleted meanwhile, and the key with it.
    if (rotation === undefined) continue
    walks.set(owner, await resealOwner(ports, rotation, tell('reseal', n)))
  }
  const writers = async (): Promise<number> => graceMs - (await longest(ports, owners)).activeForMs
  if (options.wait) await waitFor(writers, tell('wait_for_writers', 0))
  const outcomes: RotationOutcome[] = []
  for (const [n, owner] of owners.entries()) {
    const rotation = await findRotation(ports.db, owner)
    if (rotation === undefined) continue
    // From when the last walk begins: what was written late was written before it, and is seen by it.
    const isLastWalk = rotation.active_for_ms >= graceMs
    const walk = isLastWalk
      ? await resealOwner(ports, rotation, tell('check', n))
      : walks.get(owner)
    outcomes.push(await conclude(ports, { rotation, walk, isLastWalk }))
  }
  return outcomes
}

async function begin(ports: Touched, owner: string, leadMs: number): Promise<void> {
  const at = new Date(ports.clock.now())
  const [master] = ports.config.encryptionKeys
  await ports.db.transaction(async (db) => {
    // Its row is locked, and says whether there is an owner.
    const newest = await findNewestVersion(db, owner)
    if (newest === undefined) throw new RotationRefused(`There is no data key of ${owner}.`)
    if ((await findRotation(db, owner)) !== undefined) return
    const version = newest + 1
    if (version > VERSION_MAX) throw new RotationRefused(`${owner} has no version left.`)
    const wrapped = await wrap(master, owner, version, ports.random.bytes(32))
    await insertDataKey(db, { owner, version, wrapped, at, leadMs })
    await recordAudit(db, at, {
      actor: 'system',
      action: 'key.rotation_begun',
      tenantId: tenantOf(owner),
      subjectId: owner,
      detail: { version },
    })
  })
}

type Tell = (of: Partial<RotationProgress>) => void

/** Walks until a whole walk has nothing left to do but what cannot be done. */
async function resealOwner(ports: Touched, rotation: Rotation, tell: Tell): Promise<Walk> {
  const onBatch = (column: string, { resealed }: Walk): void =>
    tell({ owner: rotation.owner, column, resealed })
  let from = rotation
  for (let walks = 1; ; walks += 1) {
    const walk = await walkOwner(ports, from, onBatch)
    const isWhole = from.at_column === null
    const isStill = walk.resealed === 0 && walk.skipped === 0
    if ((isWhole && isStill) || walks === WALKS_MAX) return walk
    if (walk.skipped > 0) await sleep(WALK_PAUSE_MS)
    from = { ...rotation, at_column: null, after_key: null }
  }
}

async function conclude(
  ports: Touched,
  input: { rotation: Rotation; walk: Walk | undefined; isLastWalk: boolean },
): Promise<RotationOutcome> {
  const { rotation, walk, isLastWalk } = input
  const { owner, version } = rotation
  const resealed = (await findRotation(ports.db, owner))?.resealed ?? rotation.resealed
  const { unreadable = 0, unreadablePlaces = [] } = walk ?? {}
  const outcome = { owner, version, resealed, dropped: 0, unreadable, unreadablePlaces }
  const isClean = walk !== undefined && walk.resealed + walk.skipped + unreadable === 0
  if (!isLastWalk) return { ...outcome, state: unreadable > 0 ? 'blocked' : 'waiting' }
  if (!isClean) return { ...outcome, state: 'blocked' }
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
): Promise<{ activeInMs: number; activeForMs: number }> {
  let activeInMs = 0
  let activeForMs = Infinity
  for (const owner of owners) {
    const rotation = await findRotation(ports.db, owner)
    if (rotation === undefined) continue
    activeInMs = Math.max(activeInMs, rotation.active_in_ms)
    activeForMs = Math.min(activeForMs, rotation.active_for_ms)
  }
  return { activeInMs, activeForMs }
}

async function waitFor(leftMs: () => Promise<number>, tell: Tell): Promise<void> {
  for (let left = await leftMs(); left > 0; left = await leftMs()) {
    for (; left > 0; left -= TICK_MS) {
      tell({ waitMs: left })
      await sleep(Math.min(left, TICK_MS))
    }
  }
}
