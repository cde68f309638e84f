import type { KeyObject } from 'node:crypto'
import { Secret } from '@parley/instagram/secret.ts'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import { createSealer, dataKey, UnsealError } from './cipher.ts'
import type { Place, Sealer } from './cipher.ts'
import { sql } from './database.ts'
import type { Queryable } from './database.ts'
import type { Clock } from './clock.ts'
import { proveMasterKeys, SAMPLES, unwrap, wrap, WrongKeyError } from './master-keys.ts'
import type { MasterKey, WrappedKey } from './master-keys.ts'
import type { Random } from './random.ts'

/** Told of every sealed value that does not open. */
export type UnsealFailure = {
  /** `tenant:<id>` or `inbox`. */
  readonly owner: string
  readonly place: Place
}

/**
 * Envelope encryption: master key → one data key per tenant (and one for the inbox) → values.
 * Data keys are stored only wrapped, and kept in memory unwrapped for as long as the process lives.
 */
export interface Vault {
  /** For deliveries whose tenant is not known yet. */
  inbox(): Sealer
  /** @throws UnsealError when the tenant has no key (never made, or destroyed). */
  tenant(tenantId: string): Promise<Sealer>
  /** Makes the tenant's first data key. Call it in the transaction that makes the tenant. */
  createTenantKey(db: Queryable, tenantId: string): Promise<void>
  /**
   * Destroys every data key of the tenant: without a copy of the stored key nothing sealed with it opens again, wherever
   * it was copied to. Call `dropTenantKey` after the commit, in every process.
   */
  destroyTenantKey(db: Queryable, tenantId: string): Promise<number>
  /** Drops the tenant's key from this process's memory. */
  dropTenantKey(tenantId: string): void
  /** A compact JWE whose header names tenant and place. */
  sealToken(tenantId: string, place: Place, token: Secret): Promise<string>
  /** @throws UnsealError. Whoever calls this writes an audit line of its purpose first. */
  openToken(tenantId: string, place: Place, sealed: string): Promise<Secret>
}

type Keys = ReadonlyMap<number, KeyObject>

/**
 * @param ports.onUnsealFailed must neither unseal nor throw.
 * @throws WrongKeyError before anything is written, when any data key was wrapped with a master key that is not here.
 */
export async function openVault(
  db: Queryable,
  masterKeys: readonly MasterKey[],
  ports: {
    clock: Clock
    random: Random
    onUnsealFailed?: (failure: UnsealFailure) => Promise<void>
  },
): Promise<Vault> {
  const [active] = masterKeys
  if (active === undefined) throw new WrongKeyError('no master key')
  const tenants = new Map<string, Promise<{ keys: Keys; sealer: Sealer }>>()

  const tell = async (owner: string, place: Place, error: unknown): Promise<void> => {
    if (error instanceof UnsealError) await ports.onUnsealFailed?.({ owner, place })
  }
  const load = async (owner: string): Promise<{ keys: Keys; sealer: Sealer }> => {
    const rows = await db.many<WrappedKey>(
      sql`select owner, version, wrapped from data_keys where owner = ${owner}`,
    )
    if (rows.length === 0) throw new UnsealError(`no data key for ${owner}`)
    const keys = new Map<number, KeyObject>()
    for (const row of rows) keys.set(row.version, dataKey(await unwrap(masterKeys, row)))
    const sealer = createSealer(owner, keys, (bytes) => ports.random.bytes(bytes))
    return { keys, sealer: telling(sealer, (place, error) => void tell(owner, place, error)) }
  }
  const create = async (on: Queryable, owner: string): Promise<void> =>
    await createKey(on, active, owner, ports)
  const tenant = async (tenantId: string): Promise<{ keys: Keys; sealer: Sealer }> => {
    const owner = `tenant:${tenantId}`
    let loading = tenants.get(owner)
    if (loading === undefined) {
      loading = load(owner)
      tenants.set(owner, loading)
      // A failed look-up is not remembered: the key may be made a moment later.
      loading.catch((error: unknown) => {
        tenants.delete(owner)
        void tell(owner, { table: 'data_keys', row: owner, column: 'wrapped' }, error)
      })
    }
    return await loading
  }

  await proveMasterKeys(masterKeys, await db.many<WrappedKey>(SAMPLES))
  if ((await db.many(sql`select 1 from data_keys where owner = 'inbox'`)).length === 0) {
    await create(db, 'inbox')
  }
  const inbox = await load('inbox')

  return {
    inbox: () => inbox.sealer,
    tenant: async (tenantId) => (await tenant(tenantId)).sealer,
    createTenantKey: async (on, tenantId) => await create(on, `tenant:${tenantId}`),
    destroyTenantKey: async (on, tenantId) =>
      await on.run(sql`delete from data_keys where owner = ${`tenant:${tenantId}`}`),
    dropTenantKey: (tenantId) => void tenants.delete(`tenant:${tenantId}`),
    async sealToken(tenantId, place, token) {
      const { keys } = await tenant(tenantId)
      const version = Math.max(...keys.keys())
      return await new CompactEncrypt(Buffer.from(token.reveal(), 'utf8'))
        .setProtectedHeader({ ...header(place), kid: String(version), tenant: tenantId })
        .encrypt(keyOf(keys, version))
    },
    async openToken(tenantId, place, sealed) {
      const { keys } = await tenant(tenantId)
      try {
        return await openJwe(keys, tenantId, place, sealed)
      } catch (error) {
        await tell(`tenant:${tenantId}`, place, error)
        throw error
      }
    },
  }
}

async function openJwe(
  keys: Keys,
  tenantId: string,
  place: Place,
  sealed: string,
): Promise<Secret> {
  try {
    const named = decodeProtectedHeader(sealed)
    const { plaintext, protectedHeader } = await compactDecrypt(
      sealed,
      keyOf(keys, Number(named.kid)),
      { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
    )
    if (protectedHeader['tenant'] !== tenantId || protectedHeader['place'] !== placed(place)) {
      throw new UnsealError('the token does not belong here')
    }
    return new Secret(Buffer.from(plaintext).toString('utf8'))
  } catch (cause) {
    if (cause instanceof UnsealError) throw cause
    throw new UnsealError('the token does not open', { cause })
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

async function createKey(
  db: Queryable,
  master: MasterKey,
  owner: string,
  ports: { clock: Clock; random: Random },
): Promise<void> {
  const wrapped = await wrap(master, owner, 1, ports.random.bytes(32))
  await db.run(sql`
    insert into data_keys (owner, version, wrapped, created_at)
    values (${owner}, 1, ${wrapped}, ${new Date(ports.clock.now())})
    on conflict do nothing`)
}

const placed = (place: Place): string => `${place.table}/${place.row}/${place.column}`
const header = (place: Place): { alg: 'dir'; enc: 'A256GCM'; place: string } => ({
  alg: 'dir',
  enc: 'A256GCM',
  place: placed(place),
})

function keyOf(keys: Keys, version: number): KeyObject {
  const key = keys.get(version)
  if (key === undefined) throw new UnsealError('unknown key version')
  return key
}
