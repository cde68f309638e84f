/** About a day in all. */
const RETRY_MS = [60_000, 300_000, 1_800_000, 7_200_000, 28_800_000, 57_600_000] as const

/** How long a mail waits that failed so often; undefined: it is given up. */
export function mailPauseMs(attempts: number): number | undefined {
  return RETRY_MS[attempts - 1]
}
