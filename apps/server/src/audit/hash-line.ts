import { createHash } from 'node:crypto'
import type { AuditRow } from './store.ts'

/** What the first line's hash continues. */
export const CHAIN_START = '0'.repeat(64)

/**
 * SHA-256, in hex, of the hash before and this line: both joined by a newline, the line as a JSON array of its fields in
 * this order. Times are microseconds since 1970, the keys of `detail` are sorted. `docs/operating.md` says the same to
 * whoever checks an export with another program.
 */
export function hashLine(before: string, seq: number, row: Omit<AuditRow, 'at' | 'seq' | 'hash'>) {
  const line = [
    seq,
    row.id,
    row.at_us,
    row.actor,
    row.action,
    row.tenant_id,
    row.subject_id,
    row.purpose,
    row.address,
    row.request_id,
    sorted(row.detail),
  ]
  return createHash('sha256')
    .update(`${before}\n${JSON.stringify(line)}`)
    .digest('hex')
}

/** The detail has scalars only; whatever else somebody writes into it is covered by its text all the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
