/** Where a value lies in the parameter; `start` counts from 1, as `substr` does, which makes null of null. */
export type Slice = { readonly start: number | null; readonly size: number | null }

const NOTHING: Slice = { start: null, size: null }

/**
 * The byte strings of one statement as one binary parameter, cut apart by the server: in JSON each would be written as
 * base64, read character by character, and decoded again.
 *
 *     substr(${packed.bytes()}::bytea, start, size)
 */
export class PackedBytes {
  readonly #pieces: Uint8Array[] = []
  #start = 1

  add(piece: Uint8Array | null): Slice {
    if (piece === null) return NOTHING
    const slice = { start: this.#start, size: piece.byteLength }
    this.#pieces.push(piece)
    this.#start += piece.byteLength
    return slice
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }
}
