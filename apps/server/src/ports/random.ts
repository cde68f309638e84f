import { randomBytes, randomFillSync } from 'node:crypto'

export interface Random {
  bytes(count: number): Buffer
  /**
   * A UUIDv7: sorts by time of making, so that inserts land at the end of an index. Those of one millisecond sort in
   * the order they were made by this process.
   */
  uuid(nowMs: number): string
  /** 0 ≤ x < 1, for jitter only. */
  fraction(): number
}

// Random bytes are drawn in blocks: one system call serves a few hundred ids.
const block = Buffer.alloc(4096)
let used = block.length

/** The UUIDs made in one millisecond. */
let countedMs = -1
let count = 0

function take(count: number): Buffer {
  if (used + count > block.length) {
    randomFillSync(block)
    used = 0
  }
  const bytes = Buffer.from(block.subarray(used, used + count))
  block.fill(0, used, used + count)
  used += count
  return bytes
}

export const systemRandom: Random = {
  bytes: (count) => (count > 256 ? randomBytes(count) : take(count)),
  uuid(nowMs) {
    const bytes = take(16)
    bytes.writeUIntBE(nowMs, 0, 6)
    // 12 bits behind the version and 20 behind the variant count up within a millisecond, from a random start.
    count = nowMs === countedMs ? count + 1 : bytes.readUInt32BE(6) >>> 1
    countedMs = nowMs
    bytes.writeUInt16BE(0x7000 | ((count >>> 20) & 0x0fff), 6)
    bytes[8] = 0x80 | ((count >>> 14) & 0x3f)
    bytes.writeUInt16BE(((count << 2) & 0xfffc) | ((bytes[10] ?? 0) & 0x03), 9)
    const hex = bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  },
  fraction: () => take(4).readUInt32BE() / 2 ** 32,
}
