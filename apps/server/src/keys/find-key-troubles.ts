import { UnsealError } from '#ports/cipher.ts'
import { unwrap } from '#ports/master-keys.ts'
import type { Ports } from '#ports/ports.ts'
import { masterOf } from './rewrap-keys.ts'
import { listDataKeys, listUnfinished } from './store.ts'

/** What somebody should know of the keys; all empty when nothing is to do. */
export type KeyTroubles = {
  /** Data keys their master key does not open: rows that were changed. */
  readonly broken: readonly { readonly owner: string; readonly version: number }[]
  /** Master keys behind the first that still wrap something. */
  readonly needed: readonly { readonly name: string; readonly dataKeys: number }[]
  /** Owners whose rotation was begun and not brought to its end. */
  readonly unfinished: readonly string[]
}

/**
 * Looks at the keys without touching a value. A key service is not asked for each one: a start has proven it.
 *
 * @throws WrongKeyError when the settings lack a master key that is needed, or hold another of its name.
 */
export async function findKeyTroubles(ports: Pick<Ports, 'db' | 'config'>): Promise<KeyTroubles> {
  const { db, config } = ports
  const keys = await listDataKeys(db)
  const ours = config.encryptionKeys.filter((master) => !('service' in master))
  const broken: { owner: string; version: number }[] = []
  for (const key of keys) {
    if (!ours.some(({ kid }) => kid === masterOf(key))) continue
    try {
      await unwrap(ours, key)
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error
      broken.push({ owner: key.owner, version: key.version })
    }
  }
  const needed = config.encryptionKeys
    .slice(1)
    .map(({ kid }) => ({
      name: kid,
      dataKeys: keys.filter((key) => masterOf(key) === kid).length,
    }))
    .filter(({ dataKeys }) => dataKeys > 0)
  return { broken, needed, unfinished: await listUnfinished(db) }
}
