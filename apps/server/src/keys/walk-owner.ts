import type { Place } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import { resealPage } from './reseal-page.ts'
import { sealedColumns } from './sealed-columns.ts'
import type { SealedColumn } from './sealed-columns.ts'
import { saveProgress } from './store.ts'
import type { Rotation } from './store.ts'
import { firstKey } from './store-sealed.ts'

const UNREADABLE_MAX = 20

/** What one walk over everything an owner has sealed did. */
export type Walk = {
  resealed: number
  skipped: number
  unreadable: number
  /** The first of them. */
  readonly unreadablePlaces: Place[]
}

export const columnsOf = (tenantId: string | null): readonly SealedColumn[] =>
  tenantId === null ? sealedColumns.filter(({ tenants }) => tenants !== 'lead') : sealedColumns

export const nameOf = ({ table, column }: SealedColumn): string => `${table}.${column}`

export const tenantOf = (owner: string): string | null =>
  owner === 'inbox' ? null : owner.slice('tenant:'.length)

/**
 * Walks every sealed column of an owner in batches and seals again what another version sealed. Begins where an earlier
 * walk was cut off; where it is is kept after every batch.
 */
export async function walkOwner(
  ports: Pick<Ports, 'db' | 'vault' | 'clock'>,
  rotation: Rotation,
  onBatch: (column: string, walk: Walk) => void,
): Promise<Walk> {
  const tenantId = tenantOf(rotation.owner)
  const walk: Walk = { resealed: 0, skipped: 0, unreadable: 0, unreadablePlaces: [] }
  const columns = columnsOf(tenantId)
  const cutOff = columns.findIndex((column) => nameOf(column) === rotation.at_column)
  let resumeAt = cutOff === -1 ? null : rotation.after_key
  for (const column of columns.slice(Math.max(cutOff, 0))) {
    let after: string[] | undefined = resumeAt ?? firstKey(column)
    resumeAt = null
    while (after !== undefined) {
      const page = await resealPage(ports, column, { tenantId, version: rotation.version, after })
      walk.resealed += page.resealed
      walk.skipped += page.skipped
      walk.unreadable += page.unreadable.length
      const room = UNREADABLE_MAX - walk.unreadablePlaces.length
      walk.unreadablePlaces.push(...page.unreadable.slice(0, room))
      after = page.last
      if (after !== undefined || page.resealed > 0) {
        const progress = { column: nameOf(column), after: after ?? firstKey(column) }
        await saveProgress(ports.db.relaxed, rotation, { ...progress, resealed: page.resealed })
      }
      onBatch(nameOf(column), walk)
    }
  }
  await saveProgress(ports.db.relaxed, rotation, { column: null, after: null, resealed: 0 })
  return walk
}
