import { flushCompileCache } from 'node:module'
import type { Running } from './start.ts'
import { describeError } from '#ports/log.ts'

/** Longer than a stop takes; past it the process ends, and what it held falls back by its lease. */
const STOP_WAIT_MS = 9_500
const PARENT_LOOK_MS = 500

/**
 * Runs until SIGINT or SIGTERM; one during the start ends it as soon as it stands. Ctrl-C below npm arrives twice: the second one changes nothing.
 *
 * @param isBelowNpm npm killed by -9 says nothing to what it runs; without looking for it, `npm start` would leave a
 *   server behind.
 */
export async function runUntilStopped(
  begin: () => Promise<Running>,
  options: { isBelowNpm: boolean; complain: (text: string) => void },
): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve)
    if (options.isBelowNpm) whenOrphaned(resolve)
  })
  // From the first signal on, in the middle of a start too: that may wait for another process's migration.
  void stopped.then(() => {
    setTimeout(() => {
      options.complain('Stopping took too long; ended as it was.')
      process.exit(1)
    }, STOP_WAIT_MS).unref()
  })
  const running = await begin()
  // A bug outside any request must not take the conversations of everyone with it; all state is in the database.
  const survive = (error: unknown): void =>
    options.complain(
      JSON.stringify({ level: 50, msg: 'something broke', err: describeError(error) }),
    )
  process.on('uncaughtException', survive)
  process.on('unhandledRejection', survive)
  // The next start finds the compiled modules even if this process is killed.
  flushCompileCache()
  await stopped
  await running.stop()
}

function whenOrphaned(tell: () => void): void {
  const parent = process.ppid
  const look = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(look)
    tell()
  }, PARENT_LOOK_MS)
  look.unref()
}
