import { decodeProtectedHeader } from 'jose'
import { recordAudit } from '#audit/record-audit.ts'
import { UnsealError } from '#ports/cipher.ts'
import { rewrap } from '#ports/master-keys.ts'
import type { WrappedKey } from '#ports/master-keys.ts'
import type { Ports } from '#ports/ports.ts'
import { listDataKeys, replaceWrapped } from './store.ts'

export type Rewrapping = {
  readonly masterKey: string
  readonly rewrapped: number
  /** Configured master keys that nothing needs any more. */
  readonly unused: readonly string[]
  /** Others that data keys still need: those that could not be moved, or were made by a process with older settings. */
  readonly inUse: readonly { masterKey: string; owners: readonly string[] }[]
}

/**
 * Wraps every data key with the first master key of the settings. Values are not touched. Run again after being killed:
 * what is wrapped already is left alone.
 */
export async function rewrapKeys(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
  onKey: (done: number, total: number) => void,
): Promise<Rewrapping> {
  const [master, ...others] = ports.config.encryptionKeys
  const keys = await listDataKeys(ports.db)
  let rewrapped = 0
  for (const [n, key] of keys.entries()) {
    if (masterOf(key) !== master.kid) rewrapped += await move(ports, key)
    onKey(n + 1, keys.length)
  }
  if (rewrapped > 0) {
    await recordAudit(ports.db, new Date(ports.clock.now()), {
      actor: 'system',
      action: 'key.rewrapped',
      subjectId: master.kid,
      detail: { count: rewrapped },
    })
  }
  const owners = ownersByMaster(await listDataKeys(ports.db))
  owners.delete(master.kid)
  return {
    masterKey: master.kid,
    rewrapped,
    unused: others.map(({ kid }) => kid).filter((kid) => !owners.has(kid)),
    inUse: [...owners].map(([masterKey, list]) => ({ masterKey, owners: list })),
  }
}

/** The master key's name, as the wrapped key has it. */
export function masterOf({ wrapped }: Pick<WrappedKey, 'wrapped'>): string {
  return decodeProtectedHeader(wrapped).kid ?? ''
}

function ownersByMaster(keys: readonly WrappedKey[]): Map<string, string[]> {
  const owners = new Map<string, string[]>()
  for (const key of keys) {
    const kid = masterOf(key)
    owners.set(kid, [...(owners.get(kid) ?? []), `${key.owner} version ${key.version}`])
  }
  return owners
}

async function move(ports: Pick<Ports, 'db' | 'config'>, key: WrappedKey): Promise<number> {
  try {
    const fresh = await rewrap(ports.config.encryptionKeys, key)
    return await replaceWrapped(ports.db, { ...key, fresh })
  } catch (error) {
    // The row was changed by somebody: it opens nothing, and its master key is told as still in use.
    if (error instanceof UnsealError) return 0
    throw error
  }
}
