import type { Ports } from '#ports/ports.ts'
import { versionOf } from './reseal-page.ts'
import { masterOf } from './rewrap-keys.ts'
import { findRotation, listDataKeys } from './store.ts'
import { firstKey, pageRowsOf, selectSealedPage } from './store-sealed.ts'
import { columnsOf, tenantOf } from './walk-owner.ts'

export type KeyStatus = {
  readonly masterKeys: readonly { name: string; wraps: boolean; dataKeys: number }[]
  readonly owners: readonly {
    owner: string
    /** The first that is not null writes; one that is not active yet will in a moment. */
    versions: readonly { version: number; active: boolean; masterKey: string; rows: number }[]
    /** Rows that name a version there is no key of, or none at all. */
    unreadable: number
    rotation: { version: number; resealed: number; column: string | null } | null
  }[]
}

/** Which keys there are and how much needs each of them. Counts by walking, so it takes its time on a large database. */
export async function keyStatus(
  ports: Pick<Ports, 'db' | 'config'>,
  only: readonly string[] | undefined,
): Promise<KeyStatus> {
  const keys = await listDataKeys(ports.db)
  const masters = ports.config.encryptionKeys.map(({ kid }, n) => ({
    name: kid,
    wraps: n === 0,
    dataKeys: keys.filter((key) => masterOf(key) === kid).length,
  }))
  const owners = [...new Set(keys.map(({ owner }) => owner))].filter(
    (owner) => only?.includes(owner) ?? true,
  )
  const list: KeyStatus['owners'][number][] = []
  for (const owner of owners) {
    const own = keys.filter((key) => key.owner === owner)
    const rows = await countVersions(ports, owner)
    const versions = own.map(({ version, active, wrapped }) => ({
      version,
      active,
      masterKey: masterOf({ wrapped }),
      rows: rows.get(version) ?? 0,
    }))
    for (const { version } of own) rows.delete(version)
    const rotation = await findRotation(ports.db, owner)
    list.push({
      owner,
      versions,
      unreadable: [...rows.values()].reduce((sum, count) => sum + count, 0),
      rotation: rotation
        ? { version: rotation.version, resealed: rotation.resealed, column: rotation.at_column }
        : null,
    })
  }
  return { masterKeys: masters, owners: list }
}

async function countVersions(
  ports: Pick<Ports, 'db'>,
  owner: string,
): Promise<Map<number, number>> {
  const tenantId = tenantOf(owner)
  const counts = new Map<number, number>()
  for (const column of columnsOf(tenantId)) {
    const limit = pageRowsOf(column)
    let after: string[] | undefined = firstKey(column)
    while (after !== undefined) {
      const input = { tenantId, version: null, after, limit }
      const rows = await selectSealedPage(ports.db, column, input)
      for (const row of rows) {
        const version = versionOf(column, row)
        if (version !== null) counts.set(version, (counts.get(version) ?? 0) + 1)
      }
      after = rows.length < limit ? undefined : rows.at(-1)?.row_key
    }
  }
  return counts
}
