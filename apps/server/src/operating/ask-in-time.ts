import { setTimeout as sleep } from 'node:timers/promises'

const ANSWER_WAIT_MS = 2_000

/** What the database says, or undefined when it says nothing in time: a frozen one counts as away. */
export async function askInTime<T>(ask: Promise<T>): Promise<T | undefined> {
  const answered = new AbortController()
  const late = sleep(ANSWER_WAIT_MS, undefined, { signal: answered.signal, ref: false })
  // Aborted once the answer is there; then nobody waits for it any more.
  late.catch(() => undefined)
  try {
    return await Promise.race([ask, late])
  } finally {
    answered.abort()
  }
}
