import type { KeyObject } from 'node:crypto'
import { createSealer, dataKey, UnsealError } from './cipher.ts'
import type { Place, Sealer } from './cipher.ts'
import type { Clock } from './clock.ts'
import { sql } from './database.ts'
import type { Queryable } from './database.ts'
import { KeyServiceError } from './remote-key.ts'
import { unwrap } from './master-keys.ts'
import type { MasterKey, WrappedKey } from './master-keys.ts'
import type { Random } from './random.ts'

export type Keys = ReadonlyMap<number, KeyObject>

/** What one owner's values are opened with, and the version that seals new ones. */
export type OwnerKeys = { readonly keys: Keys; readonly writes: number; readonly sealer: Sealer }

/**
 * The data keys in use, unwrapped: in memory for as long as the process lives, or for minutes where a key service has to
 * be asked for them.
 *
 * A new version is stored some time before anybody writes with it (`active_at`). Whoever hands out keys has asked for
 * new versions within ten seconds, so a value is never met before the key that opens it. From `active_at` on, by the
 * database's clock, every process writes with the new one.
 */
interface KeyRing {
  /** @throws UnsealError when the owner has no key. */
  of(owner: string): Promise<OwnerKeys>
  /**
   * The inbox's, as they are known: for sealing, which waits for nothing.
   *
   * @throws KeyServiceError when nothing was learned for a minute, or the key service is away for long: what is sealed
   * with a version that was dropped meanwhile would never open.
   */
  inbox(): OwnerKeys
  /** Asks for versions made since the last time, and for keys that were destroyed. */
  learn(): Promise<void>
  /** Drops an owner's keys from memory. */
  forget(owner: string): void
}

/** Older knowledge is renewed before keys are handed out. */
const FRESH_MS = 10_000
/** Sealing waits for nothing, so with older knowledge it is refused: half of what an older version is kept for (`keys/rotate-keys.ts`). */
const SEALS_MS_MAX = 60_000
/** A version may be committed a while after its time. */
const OVERLAP_MS = 60_000

/** What a key service opened is asked for again after this time, beside the work … */
const RENEW_MS = 5 * 60_000
const RENEW_PAUSE_MS = 10_000
/** … and is used no longer than this, so the service may be away for ten minutes at any moment. */
const KEPT_MS_MAX = 15 * 60_000

/** An owner's keys and the moment (monotonic) from which another version writes. */
type Held = {
  readonly loadedAtMs: number
  /** When it is worth asking again. */
  renewAtMs: number
  readonly now: OwnerKeys
  readonly next: { atMs: number; keys: OwnerKeys } | undefined
  /** Tells the newest row from another that is made under the same name later, when this one was destroyed. */
  readonly addedAt: string
}

/** `known`: once it is loaded. */
type Entry = { readonly loading: Promise<Held>; known: Held | undefined }

type Touched = {
  db: Queryable
  masterKeys: readonly MasterKey[]
  clock: Clock
  random: Random
  /** Told of keys that cannot be had. */
  tell: (owner: string, place: Place, error: unknown) => Promise<void>
}

export async function openOwnerKeys(ports: Touched): Promise<KeyRing> {
  const { clock, db } = ports
  const held = new Map<string, Entry>()
  let learnedAtMs = clock.monotonicMs()
  let learning: Promise<void> | undefined
  let inbox = await load(ports, 'inbox')
  const { isOld, renew } = ageing(ports, (owner, old, fresh) => {
    if (owner === 'inbox') inbox = fresh
    // What was dropped meanwhile stays so.
    else if (held.get(owner)?.known === old) {
      held.set(owner, { loading: Promise.resolve(fresh), known: fresh })
    }
  })

  const current = ({ now, next }: Held): OwnerKeys =>
    next !== undefined && clock.monotonicMs() >= next.atMs ? next.keys : now
  const learn = async (): Promise<void> => {
    const askedAtMs = clock.monotonicMs()
    for (const { owner, version } of await addedSince(db, askedAtMs - learnedAtMs)) {
      if (owner === 'inbox' && !inbox.now.keys.has(version)) inbox = await load(ports, owner)
      const known = await held.get(owner)?.loading.catch(() => undefined)
      if (known?.now.keys.has(version) === false) held.delete(owner)
    }
    await dropGone(db, held)
    learnedAtMs = askedAtMs
    renew('inbox', inbox)
  }
  const learnOnce = async (): Promise<void> => {
    learning ??= learn().finally(() => {
      learning = undefined
    })
    await learning
  }
  const loadTenant = async (owner: string): Promise<Held> => await loadInto(ports, held, owner)

  return {
    inbox() {
      if (clock.monotonicMs() - learnedAtMs > SEALS_MS_MAX) {
        throw new KeyServiceError(
          'away',
          'The database has not told of new data keys for a minute.',
        )
      }
      if (isOld(inbox)) throw new KeyServiceError('away', 'The key service has been away too long.')
      return current(inbox)
    },
    learn: learnOnce,
    forget: (owner) => void held.delete(owner),
    async of(owner) {
      if (clock.monotonicMs() - learnedAtMs > FRESH_MS) await learnOnce()
      if (owner === 'inbox') {
        if (isOld(inbox)) inbox = await load(ports, owner)
        return current(inbox)
      }
      let found = await (held.get(owner)?.loading ?? loadTenant(owner))
      if (isOld(found)) found = await loadTenant(owner)
      renew(owner, found)
      return current(found)
    },
  }
}

/** A failed look-up is told and not remembered: the key may be made a moment later. */
function loadInto(ports: Touched, held: Map<string, Entry>, owner: string): Promise<Held> {
  const entry: Entry = { loading: load(ports, owner), known: undefined }
  held.set(owner, entry)
  entry.loading.then(
    (known) => {
      entry.known = known
    },
    (error: unknown) => {
      if (held.get(owner) === entry) held.delete(owner)
      void ports.tell(owner, { table: 'data_keys', row: owner, column: 'wrapped' }, error)
    },
  )
  return entry.loading
}

/** Versions that were made in the last `ageMs`, and a little before. */
async function addedSince(
  db: Queryable,
  ageMs: number,
): Promise<{ owner: string; version: number }[]> {
  const seconds = (ageMs + OVERLAP_MS) / 1000
  return await db.many(sql`
    select owner, version from data_keys
    where added_at > clock_timestamp() - make_interval(secs => ${seconds}::float8)`)
}

/** A destroyed key leaves memory also where nobody heard of it. */
async function dropGone(db: Queryable, held: Map<string, Entry>): Promise<void> {
  const known = [...held].flatMap(([owner, entry]) =>
    entry.known === undefined ? [] : [{ owner, addedAt: entry.known.addedAt }],
  )
  if (known.length === 0) return
  const gone = await db.many<{ owner: string }>(sql`
    select held.owner
    from unnest(${known.map(({ owner }) => owner)}::text[], ${known.map(({ addedAt }) => addedAt)}::text[])
      as held (owner, added_at)
    where not exists (select 1 from data_keys k
      where k.owner = held.owner and extract(epoch from k.added_at)::text = held.added_at)`)
  for (const { owner } of gone) held.delete(owner)
}

/** What a key service opened gets old. A key of ours is in the settings as long as the process lives, so nothing is asked again. */
function ageing(
  ports: Touched,
  replace: (owner: string, old: Held, fresh: Held) => void,
): {
  readonly isOld: (known: Held) => boolean
  readonly renew: (owner: string, known: Held) => void
} {
  const { clock, masterKeys } = ports
  const ages = masterKeys.some((master) => 'service' in master)
  return {
    isOld: (known) => ages && clock.monotonicMs() - known.loadedAtMs > KEPT_MS_MAX,
    renew: (owner, known) => {
      const nowMs = clock.monotonicMs()
      if (!ages || nowMs < known.renewAtMs) return
      known.renewAtMs = nowMs + RENEW_PAUSE_MS
      load(ports, owner).then(
        (fresh) => replace(owner, known, fresh),
        // Away for a while: what is in hand still counts, and whoever comes when it does no more is told.
        () => undefined,
      )
    },
  }
}

async function load(ports: Touched, owner: string): Promise<Held> {
  const askedAtMs = ports.clock.monotonicMs()
  const rows = await ports.db.many<WrappedKey & { wait_ms: number; added_at: string }>(sql`
    select owner, version, wrapped, extract(epoch from added_at)::text as added_at,
      greatest(extract(epoch from active_at - clock_timestamp()) * 1000, 0)::float8 as wait_ms
    from data_keys where owner = ${owner} order by version`)
  const keys = new Map<number, KeyObject>()
  for (const row of rows) keys.set(row.version, dataKey(await unwrap(ports.masterKeys, row)))
  const writes = rows.findLast((row) => row.wait_ms === 0)?.version
  const addedAt = rows.at(-1)?.added_at
  if (writes === undefined || addedAt === undefined)
    throw new UnsealError(`no data key for ${owner}`)
  const coming = rows.find((row) => row.version > writes)
  const now = ownerKeys(ports, owner, keys, writes)
  const life = { loadedAtMs: askedAtMs, renewAtMs: askedAtMs + RENEW_MS, addedAt }
  if (coming === undefined) return { ...life, now, next: undefined }
  const next = ownerKeys(ports, owner, keys, coming.version)
  return { ...life, now, next: { atMs: askedAtMs + coming.wait_ms, keys: next } }
}

function ownerKeys(ports: Touched, owner: string, keys: Keys, writes: number): OwnerKeys {
  const sealer = createSealer(owner, keys, (bytes) => ports.random.bytes(bytes), writes)
  return {
    keys,
    writes,
    sealer: telling(sealer, (place, error) => void ports.tell(owner, place, error)),
  }
}

/** The same, but what does not open is told. */
function telling(sealer: Sealer, tell: (place: Place, error: unknown) => void): Sealer {
  return {
    seal: (place, plain) => sealer.seal(place, plain),
    open(place, sealed) {
      try {
        return sealer.open(place, sealed)
      } catch (error) {
        tell(place, error)
        throw error
      }
    },
  }
}
