/**
 * Meta retries "at once, then a few more times, ever less often, for 36 hours; then drops"
 * (instagram-platform/webhooks, 2026). The early pauses are short so that a product which was
 * restarted on a developer's machine gets what it missed within seconds.
 */
const PAUSES_MS = [0, 0, 0, 2000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000]

export const RETRY_FOR_MS = 36 * 3_600_000

/** The pause after the n-th failed attempt (n from 1); undefined when Meta gives up. */
export function pauseAfterFailure(
  failedAttempts: number,
  times: { firstAttemptAtMs: number; nowMs: number },
): number | undefined {
  const pauseMs = PAUSES_MS[Math.min(failedAttempts, PAUSES_MS.length) - 1] ?? 0
  const nextAtMs = times.nowMs + pauseMs
  return nextAtMs - times.firstAttemptAtMs > RETRY_FOR_MS ? undefined : pauseMs
}
