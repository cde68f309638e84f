import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'

const REREAD_MS = 50

/**
 * The system's time plus the milliseconds in `<data dir>/clock-offset`, so that a test moves the time of a server it
 * spawned. Only behind `--test-clock`.
 */
export function offsetClock(dataDir: string): Clock {
  const path = join(dataDir, 'clock-offset')
  let offsetMs = 0
  let readAtMs = Number.NEGATIVE_INFINITY
  return {
    now() {
      const nowMs = systemClock.monotonicMs()
      if (nowMs - readAtMs >= REREAD_MS) {
        readAtMs = nowMs
        offsetMs = readOffset(path) ?? offsetMs
      }
      return systemClock.now() + offsetMs
    },
    monotonicMs: () => systemClock.monotonicMs(),
  }
}

/** Undefined while the file is half written. */
function readOffset(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return /^-?\d+$/.test(text) ? Number(text) : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
    throw error
  }
}
