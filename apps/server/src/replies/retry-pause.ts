import type { Random } from '#ports/random.ts'

/** Pauses before the second, third … try; then one every five minutes. */
const PAUSES_MS = [1000, 2000, 5000, 12_000, 25_000, 45_000] as const
const LONG_PAUSE_MS = 5 * 60 * 1000
/** A message is given up after so long, or when its window closes. */
export const RETRY_FOR_MS = 6 * 60 * 60 * 1000

/** How long to wait after the `tries`th failure (0 for the first), ± 20 %. */
export function retryPauseMs(tries: number, random: Random): number {
  const pauseMs = PAUSES_MS[tries] ?? LONG_PAUSE_MS
  return pauseMs * (0.8 + 0.4 * random.fraction())
}
