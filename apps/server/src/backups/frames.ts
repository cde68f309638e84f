import assert from 'node:assert/strict'
import { AppError } from '@parley/contract/app-error.ts'

/** `table`: the next rows are of this table. `rows`: a piece of what `copy` gave. `end`: JSON of an `Ending`. */
export type Frame = { readonly kind: 'table' | 'rows' | 'end'; readonly bytes: Buffer }

const KINDS = ['table', 'rows', 'end'] as const
/** A kind and a length before each. */
const HEAD_BYTES = 5
const FRAME_BYTES_MAX = 64 * 1024 * 1024

export function frame(kind: Frame['kind'], bytes: Buffer): Buffer {
  assert(bytes.length <= FRAME_BYTES_MAX)
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt8(KINDS.indexOf(kind), 0)
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

/** @throws AppError `backups/damaged` for anything that is not a row of whole frames. */
export async function* readFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let pieces: Buffer[] = []
  let held = 0
  let wanted = HEAD_BYTES
  let kind: Frame['kind'] | undefined
  for await (const piece of source) {
    pieces.push(piece)
    held += piece.length
    while (held >= wanted) {
      const all = pieces.length === 1 ? (pieces[0] ?? piece) : Buffer.concat(pieces)
      const bytes = all.subarray(0, wanted)
      const rest = all.subarray(wanted)
      pieces = rest.length > 0 ? [rest] : []
      held = rest.length
      if (kind === undefined) {
        kind = KINDS[bytes.readUInt8(0)]
        wanted = bytes.readUInt32BE(1)
        if (kind === undefined || wanted > FRAME_BYTES_MAX) throw new AppError('backups/damaged')
      } else {
        yield { kind, bytes }
        kind = undefined
        wanted = HEAD_BYTES
      }
    }
  }
  if (held > 0 || kind !== undefined) throw new AppError('backups/damaged')
}
