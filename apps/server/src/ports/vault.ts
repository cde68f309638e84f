import type { KeyObject } from 'node:crypto'
import { Secret } from '@parley/instagram/secret.ts'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import { createSealer, dataKey, UnsealError } from './cipher.ts'
import type { Place, Sealer } from './cipher.ts'
import { sql } from './database.ts'
import type { Queryable } from './database.ts'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** One master key; the first of the list wraps, all unwrap. */
export type MasterKey = { readonly kid: string; readonly key: Uint8Array }

/** The database was sealed with a master key this process does not have. Nothing was written. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError'
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
  /** A compact JWE whose header names tenant and place. */
  sealToken(tenantId: string, place: Place, token: Secret): Promise<string>
  /** @throws UnsealError. Whoever calls this writes an audit line. */
  openToken(tenantId: string, place: Place, sealed: string): Promise<Secret>
}

type Keys = ReadonlyMap<number, KeyObject>

/** @throws WrongKeyError before anything is written. */
export async function openVault(
  db: Queryable,
  masterKeys: readonly MasterKey[],
  ports: { clock: Clock; random: Random },
): Promise<Vault> {
  const [active] = masterKeys
  if (active === undefined) throw new WrongKeyError('no master key')
  const tenants = new Map<string, Promise<{ keys: Keys; sealer: Sealer }>>()

  const load = async (owner: string): Promise<{ keys: Keys; sealer: Sealer }> => {
    const rows = await db.many<{ version: number; wrapped: string }>(
      sql`select version, wrapped from data_keys where owner = ${owner}`,
    )
    if (rows.length === 0) throw new UnsealError(`no data key for ${owner}`)
    const keys = new Map<number, KeyObject>()
    for (const { version, wrapped } of rows) {
      keys.set(version, dataKey(await unwrap(masterKeys, owner, version, wrapped)))
    }
    return { keys, sealer: createSealer(owner, keys, (bytes) => ports.random.bytes(bytes)) }
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
      loading.catch(() => tenants.delete(owner))
    }
    return await loading
  }

  if ((await db.many(sql`select 1 from data_keys where owner = 'inbox'`)).length === 0) {
    await create(db, 'inbox')
  }
  const inbox = await load('inbox')

  return {
    inbox: () => inbox.sealer,
    tenant: async (tenantId) => (await tenant(tenantId)).sealer,
    createTenantKey: async (on, tenantId) => await create(on, `tenant:${tenantId}`),
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

async function wrap(
  master: MasterKey,
  owner: string,
  version: number,
  key: Uint8Array,
): Promise<string> {
  return await new CompactEncrypt(key)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: master.kid, owner, version })
    .encrypt(master.key)
}

async function unwrap(
  masterKeys: readonly MasterKey[],
  owner: string,
  version: number,
  wrapped: string,
): Promise<Uint8Array> {
  const { kid } = decodeProtectedHeader(wrapped)
  const master = masterKeys.find((key) => key.kid === kid)
  if (master === undefined) {
    throw new WrongKeyError(
      `This database was sealed with the master key ${JSON.stringify(kid)}, which PARLEY_ENCRYPTION_KEYS does not have.`,
    )
  }
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(wrapped, master.key)
    if (protectedHeader['owner'] !== owner || protectedHeader['version'] !== version) {
      throw new UnsealError('the data key does not belong here')
    }
    return plaintext
  } catch (cause) {
    if (cause instanceof UnsealError) throw cause
    throw new WrongKeyError(
      `The master key ${JSON.stringify(kid)} in PARLEY_ENCRYPTION_KEYS is not the one this database was sealed with.`,
      { cause },
    )
  }
}
