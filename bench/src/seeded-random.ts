export type SeededRandom = {
  /** 0 ≤ x < 1. */
  readonly fraction: () => number
  /** A whole number, 0 ≤ x < below. */
  readonly below: (limit: number) => number
}

/** The same seed gives the same run (mulberry32). */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { fraction, below: (limit) => Math.floor(fraction() * limit) }
}

/** A seed from the environment, so that a printed run can be repeated; else a fresh one. */
export function seedFrom(environment: Readonly<Record<string, string | undefined>>): number {
  const given = Number(environment['PARLEY_TEST_SEED'])
  return Number.isInteger(given) && given > 0 ? given : 1 + Math.floor(Math.random() * 1e9)
}
