import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import { UnsealError } from './cipher.ts'
import { sql } from './database.ts'

/** One master key; the first of the list wraps, all unwrap. */
export type MasterKey = { readonly kid: string; readonly key: Uint8Array }

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

/** One data key of each master key that is in use. The name stands in the JWE's header, base64url of JSON. */
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
