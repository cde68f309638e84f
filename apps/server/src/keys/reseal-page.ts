import { decodeProtectedHeader } from 'jose'
import { recordAudit } from '#audit/record-audit.ts'
import { UnsealError } from '#ports/cipher.ts'
import type { Place } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import type { SealedColumn } from './sealed-columns.ts'
import { pageRowsOf, replaceSealed, selectSealedPage } from './store-sealed.ts'
import type { Resealed, SealedRow } from './store-sealed.ts'

export type PageOutcome = {
  /** The last key of the page; undefined: there is no more. */
  readonly last: string[] | undefined
  readonly resealed: number
  /** Somebody else held or changed them meanwhile; the next walk sees what became of them. */
  readonly skipped: number
  /** Places of values no version opens. */
  readonly unreadable: readonly Place[]
}

/**
 * Seals again, with the version that writes, what another version sealed on one page of a column. May run twice, and
 * beside anything: a value is only replaced where it is still the one that was opened.
 */
export async function resealPage(
  ports: Pick<Ports, 'db' | 'vault' | 'clock'>,
  column: SealedColumn,
  input: { tenantId: string | null; version: number; after: readonly string[] },
): Promise<PageOutcome> {
  const { tenantId, version } = input
  const limit = pageRowsOf(column)
  const rows = await selectSealedPage(ports.db, column, { ...input, limit })
  const due = rows.filter((row) => row.value !== null && versionOf(column, row) !== version)
  if (tenantId !== null && column.subject !== undefined) await audit(ports, column, tenantId, due)
  const fresh: Resealed[] = []
  const unreadable: Place[] = []
  for (const { row_key: key, row, value } of due) {
    const place = { ...column.place, row }
    try {
      if (value !== null)
        fresh.push({ key, old: value, fresh: await reseal(ports, tenantId, place, value) })
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error
      unreadable.push({ table: column.table, row: key.join(' '), column: column.column })
    }
  }
  // Not on disk at once: dropping the old version is, and carries these there with it.
  const resealed =
    fresh.length === 0 ? 0 : await replaceSealed(ports.db.relaxed, column, tenantId, fresh)
  return {
    last: rows.length < limit ? undefined : rows.at(-1)?.row_key,
    resealed,
    skipped: fresh.length - resealed,
    unreadable,
  }
}

/** The version a value says it was sealed with; null where nothing is, -1 for what says nothing. */
export function versionOf(column: SealedColumn, row: SealedRow): number | null {
  if (column.format === 'cipher') return row.version
  if (typeof row.value !== 'string') return null
  try {
    return Number(decodeProtectedHeader(row.value).kid ?? -1)
  } catch {
    // Not a JWE at all.
    return -1
  }
}

async function reseal(
  ports: Pick<Ports, 'vault'>,
  tenantId: string | null,
  place: Place,
  value: Buffer | string,
): Promise<Buffer | string> {
  if (typeof value !== 'string') {
    const sealer = await ports.vault.ownerOf(tenantId)
    return sealer.seal(place, sealer.open(place, value))
  }
  if (tenantId === null) throw new UnsealError('a token without a tenant')
  const token = await ports.vault.openToken(tenantId, place, value)
  return await ports.vault.sealToken(tenantId, place, token)
}

/** Before the first of them is opened. */
async function audit(
  ports: Pick<Ports, 'db' | 'clock'>,
  column: SealedColumn,
  tenantId: string,
  due: readonly SealedRow[],
): Promise<void> {
  const at = new Date(ports.clock.now())
  const lines = due.map(({ subject, row_key: key }) => ({
    actor: 'system',
    action: 'token.unsealed',
    tenantId,
    subjectId: subject,
    purpose: 'rotate',
    detail: { table: column.table, column: column.column, row: key.join(' ') },
  }))
  await recordAudit(ports.db, at, lines)
}
