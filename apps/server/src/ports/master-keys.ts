import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import { UnsealError } from './cipher.ts'
import { sql } from './database.ts'
import type { KeyContext, KeyService } from './remote-key.ts'

/** One master key, ours or a key service's; the first of the list wraps, all unwrap. */
export type MasterKey =
  | { readonly kid: string; readonly key: Uint8Array }
  | { readonly kid: string; readonly service: KeyService }

/** The database was sealed with a master key this process does not have. Nothing was written. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError'
}

/** A data key as it is stored. */
export type WrappedKey = {
  readonly owner: string
  readonly version: number
  readonly wrapped: string
}

/** One data key of each master key that is in use. The name stands in the first part, base64url of JSON. */
export const SAMPLES = sql`
  select distinct on (kid) owner, version, wrapped
  from (select data_keys.*,
      convert_from(decode(rpad(header, (length(header) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::jsonb ->> 'kid' as kid
    from data_keys, translate(split_part(wrapped, '.', 1), '-_', '+/') as header) as named`

/** @throws WrongKeyError when one of `samples` needs a key that is missing, or another one of its name. */
export async function proveMasterKeys(
  masterKeys: readonly MasterKey[],
  samples: readonly WrappedKey[],
): Promise<void> {
  for (const sample of samples) {
    try {
      await unwrap(masterKeys, sample)
    } catch (error) {
      // Its master key is right; the row was changed, and is refused when it is used.
      if (!(error instanceof UnsealError)) throw error
    }
  }
}

export async function wrap(
  master: MasterKey,
  owner: string,
  version: number,
  key: Uint8Array,
): Promise<string> {
  if ('service' in master) {
    const sealed = await master.service.encrypt(key, contextOf(owner, version))
    return serviceText(master.kid, sealed)
  }
  return await new CompactEncrypt(key)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: master.kid, owner, version })
    .encrypt(master.key)
}

export async function unwrap(
  masterKeys: readonly MasterKey[],
  { owner, version, wrapped }: WrappedKey,
): Promise<Uint8Array> {
  const { kid } = decodeProtectedHeader(wrapped)
  const master = masterKeys.find((key) => key.kid === kid)
  if (master === undefined) {
    throw new WrongKeyError(
      `This database was sealed with the master key ${JSON.stringify(kid)}, which ${settingOf(kid)} does not have.`,
    )
  }
  if ('service' in master) {
    return await master.service.decrypt(serviceBytes(wrapped), contextOf(owner, version))
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

/** The same data key under the first master key. What lies in a key service already does not leave it. */
export async function rewrap(
  masterKeys: readonly [MasterKey, ...MasterKey[]],
  key: WrappedKey,
): Promise<string> {
  const [first] = masterKeys
  const { kid } = decodeProtectedHeader(key.wrapped)
  const from = masterKeys.find((master) => master.kid === kid)
  if ('service' in first && from !== undefined && 'service' in from) {
    const context = contextOf(key.owner, key.version)
    const sealed = await first.service.reEncrypt(serviceBytes(key.wrapped), context)
    return serviceText(first.kid, sealed)
  }
  return await wrap(first, key.owner, key.version, await unwrap(masterKeys, key))
}

/** Names of master keys that are a key service's begin so. */
export const SERVICE_PREFIX = 'kms:'

const settingOf = (kid: string | undefined): string =>
  kid?.startsWith(SERVICE_PREFIX) === true ? 'KMS_KEY_ID' : 'PARLEY_ENCRYPTION_KEYS'

/** What a JWE's header says, said to the service: it authenticates it. */
const contextOf = (owner: string, version: number): KeyContext => ({
  'parley:owner': owner,
  'parley:version': String(version),
})

/** In three parts like a JWS, so that the key's name is found where a JWE has it. */
function serviceText(kid: string, sealed: Uint8Array): string {
  const header = Buffer.from(JSON.stringify({ alg: 'KMS', kid })).toString('base64url')
  return `${header}.${Buffer.from(sealed).toString('base64url')}.kms`
}

function serviceBytes(wrapped: string): Uint8Array {
  return new Uint8Array(Buffer.from(wrapped.split('.')[1] ?? '', 'base64url'))
}
