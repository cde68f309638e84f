import type { Queryable } from '#ports/database.ts'
import { CHAIN_START, hashLine } from './hash-line.ts'
import { readEnds, selectChained } from './store-chain.ts'
import type { ChainedRow, ChainHead } from './store-chain.ts'

/** The first place where the log is not what was chained. */
type AuditFault = {
  /**
   * `changed`: this line, or the one before it together with its hash. `deleted`: the line of this number is gone.
   * `inserted`: a number was given by somebody else. `head`: the kept end does not fit the last line.
   */
  readonly kind: 'changed' | 'deleted' | 'inserted' | 'head'
  readonly seq: number
  /** The line's id; null for one that is gone. */
  readonly id: string | null
  readonly at: string | null
  readonly action: string | null
}

export type AuditVerdict = {
  readonly ok: boolean
  /** Lines that were walked without a fault, and the last one's hash: what to note down elsewhere. */
  readonly head: ChainHead
  /** Lines too young to be chained. */
  readonly waiting: number
  readonly fault: AuditFault | null
}

const LINES_MAX = 2_000

/**
 * Walks the whole chain in batches; the log may grow meanwhile. Reads only.
 *
 * @param noted an end that was noted down earlier: whoever rewrote the log and its head cannot have rewritten that.
 */
export async function verifyAudit(db: Queryable, noted?: ChainHead): Promise<AuditVerdict> {
  let head: ChainHead = { count: 0, hash: CHAIN_START }
  for (;;) {
    const rows = await selectChained(db, head.count, LINES_MAX)
    for (const row of rows) {
      const fault = faultOf(row, head, noted)
      if (fault !== null) return { ok: false, head, waiting: 0, fault: await named(db, fault) }
      head = { count: row.seq, hash: row.hash }
    }
    if (rows.length === LINES_MAX) continue
    const ends = await readEnds(db)
    const fault = faultOfEnds(ends, head, noted)
    // Lines were chained since the last batch.
    if (fault === null && ends.last > head.count) continue
    return { ok: fault === null, head, waiting: ends.waiting, fault }
  }
}

function faultOf(row: ChainedRow, head: ChainHead, noted?: ChainHead): AuditFault | null {
  if (row.seq !== head.count + 1) return gone(head.count + 1)
  const isNoted = noted?.count !== row.seq || noted.hash === row.hash
  if (isNoted && row.hash === hashLine(head.hash, row.seq, row)) return null
  const { seq, id, at, action } = row
  return { kind: 'changed', seq, id: String(id), at: at.toISOString(), action }
}

function faultOfEnds(
  ends: Awaited<ReturnType<typeof readEnds>>,
  head: ChainHead,
  noted?: ChainHead,
): AuditFault | null {
  if (ends.first < 1) return { ...gone(ends.first), kind: 'inserted' }
  if (ends.count === null) return { ...gone(head.count), kind: 'head' }
  if (ends.last > ends.count) return { ...gone(ends.count + 1), kind: 'inserted' }
  if (ends.last < Math.max(ends.count, noted?.count ?? 0)) return gone(ends.last + 1)
  if (ends.last === head.count && ends.hash !== head.hash) {
    return { ...gone(head.count), kind: 'head' }
  }
  return null
}

/** A line behind the kept end was never chained by us. */
async function named(db: Queryable, fault: AuditFault): Promise<AuditFault> {
  const { count } = await readEnds(db)
  const isBehind = fault.kind === 'changed' && count !== null && fault.seq > count
  return isBehind ? { ...fault, kind: 'inserted' } : fault
}

const gone = (seq: number): AuditFault => ({
  kind: 'deleted',
  seq,
  id: null,
  at: null,
  action: null,
})
