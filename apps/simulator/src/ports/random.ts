import { randomBytes } from 'node:crypto'

export type Random = {
  /** URL-safe text of exactly `length` characters. */
  text(length: number): string
  /** Decimal digits, the first one never 0. */
  digits(length: number): string
  /** True once in `oneIn` calls, on average. */
  rarely(oneIn: number): boolean
}

export function createRandom(): Random {
  return {
    text: (length) =>
      randomBytes(length).toString('base64url').replaceAll(/[-_]/g, 'Z').slice(0, length),
    digits(length) {
      const bytes = randomBytes(length)
      return Array.from(bytes, (byte, index) => (index === 0 ? 1 + (byte % 9) : byte % 10)).join('')
    },
    rarely: (oneIn) => randomBytes(2).readUInt16BE() % oneIn === 0,
  }
}
