import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Hmac } from 'node:crypto'

/** A keyed checksum over what passes by. */
export class Seal {
  readonly #hmac: Hmac

  constructor(key: Uint8Array) {
    this.#hmac = createHmac('sha256', key)
  }

  add<Piece extends Uint8Array>(piece: Piece): Piece {
    this.#hmac.update(piece)
    return piece
  }

  async *over(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of source) yield this.add(piece)
  }

  /** Hex. Nothing can be added afterwards. */
  digest(): string {
    return this.#hmac.digest('hex')
  }

  /** Whether `digest` is this. Nothing can be added afterwards. */
  fits(hex: string): boolean {
    const [own, other] = [this.#hmac.digest(), Buffer.from(hex, 'hex')]
    return own.length === other.length && timingSafeEqual(own, other)
  }
}
