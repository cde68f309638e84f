import assert from 'node:assert/strict'
import type { Ports } from '#ports/ports.ts'
import { hashLine } from './hash-line.ts'
import { hasUnchained, lockHead, selectUnchained, writeChain } from './store-chain.ts'

/** How often a worker looks for lines that are not chained. */
export const CHAIN_PAUSE_MS = 700
/** Few enough that a webhook that comes meanwhile does not wait for their hashes. */
const LINES_MAX = 100

/**
 * Numbers the committed lines and chains them by hash. Any number of workers: the head's row lock is the lease, numbers
 * and head are one commit, so a worker killed anywhere leaves no gap and no double. A line that is committed late, behind
 * larger ids, is chained when it appears.
 *
 * @returns how many were chained.
 */
export async function chainAudit(ports: Pick<Ports, 'db'>): Promise<number> {
  let total = 0
  for (;;) {
    const count = await chainSome(ports)
    total += count
    if (count < LINES_MAX) return total
  }
}

async function chainSome(ports: Pick<Ports, 'db'>): Promise<number> {
  if (!(await hasUnchained(ports.db.relaxed))) return 0
  // Numbers and head are lost with the machine together, or not at all, and are made again.
  return await ports.db.relaxed.transaction(async (db) => {
    const head = await lockHead(db)
    if (head === undefined) return 0
    const rows = await selectUnchained(db, LINES_MAX)
    let { count, hash } = head
    const links = rows
      .toSorted((one, other) => one.id - other.id)
      .map((row) => {
        count += 1
        hash = hashLine(hash, count, row)
        return { id: row.id, seq: count, hash }
      })
    assert.equal(await writeChain(db, links, { count, hash }), links.length)
    return links.length
  })
}
