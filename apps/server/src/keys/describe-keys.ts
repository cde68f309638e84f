import type { EncryptionKeys } from '@parley/contract/encryption-keys.ts'
import type { Ports } from '#ports/ports.ts'
import { masterOf } from './rewrap-keys.ts'
import { findOldestKey, listDataKeys, listRotations } from './store.ts'

/** Which master keys are needed, and what is under way. Looks at keys only, never at what they seal. */
export async function describeKeys(ports: Pick<Ports, 'db' | 'config'>): Promise<EncryptionKeys> {
  const [keys, oldest, rotations] = await Promise.all([
    listDataKeys(ports.db),
    findOldestKey(ports.db),
    listRotations(ports.db),
  ])
  const counts = new Map<string, number>()
  for (const key of keys) {
    const master = masterOf(key)
    counts.set(master, (counts.get(master) ?? 0) + 1)
  }
  const held = ports.config.encryptionKeys.map(({ kid }, n) => {
    const state = n === 0 ? ('wraps' as const) : ('opens' as const)
    return { name: kid, state, dataKeys: counts.get(kid) ?? 0 }
  })
  const names = new Set(held.map(({ name }) => name))
  const missing = [...counts]
    .filter(([name]) => !names.has(name))
    .map(([name, dataKeys]) => ({ name, state: 'missing' as const, dataKeys }))
  return {
    masterKeys: [...held, ...missing],
    owners: new Set(keys.map(({ owner }) => owner)).size,
    oldestDataKeyAt: oldest?.toISOString() ?? null,
    rotations: rotations.map(({ owner, version, started_at, resealed }) => ({
      owner,
      version,
      startedAt: started_at.toISOString(),
      resealed,
    })),
  }
}
