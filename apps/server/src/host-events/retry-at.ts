/** Nobody waits for a host for longer; the same time without a single success disables its endpoint. */
export const GIVE_UP_MS = 3 * 24 * 60 * 60 * 1000

/** The longest pause after each attempt; the last one repeats until three days are over. */
const PAUSES_MS = [
  5_000, 30_000, 120_000, 600_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000,
] as const
const PAUSE_MS_MAX = 43_200_000
const PAUSE_MS_MIN = 1_000

/**
 * When to try again after an attempt that failed: full jitter, so that a host that comes back is not met by everything
 * at once. The last attempt is at three days, when that is not long past.
 *
 * @param attempts before this one.
 * @param fraction 0 ≤ x < 1.
 * @returns undefined: given up.
 */
export function retryAt(
  input: { attempts: number; firstAttemptMs: number; nowMs: number },
  fraction: number,
): number | undefined {
  const { attempts, firstAttemptMs, nowMs } = input
  const endMs = firstAttemptMs + GIVE_UP_MS
  if (nowMs >= endMs) return undefined
  const pauseMs = Math.max(PAUSE_MS_MIN, (PAUSES_MS[attempts] ?? PAUSE_MS_MAX) * fraction)
  return Math.min(nowMs + pauseMs, endMs)
}
