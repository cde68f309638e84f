/** Meta's clock: runs like the real one until a test or the phone moves it. */
export type Clock = {
  now(): number
  advance(byMs: number): void
  moveTo(nowMs: number): void
  reset(): void
  /** Calls back after every move, so that what waits for a time can look again. */
  onMove(listener: () => void): void
}

export function createClock(realNow: () => number = Date.now): Clock {
  let offsetMs = 0
  const listeners: (() => void)[] = []
  const moved = () => {
    for (const listener of listeners) listener()
  }
  return {
    now: () => realNow() + offsetMs,
    advance(byMs) {
      offsetMs += byMs
      moved()
    },
    moveTo(nowMs) {
      offsetMs = nowMs - realNow()
      moved()
    },
    reset() {
      offsetMs = 0
      moved()
    },
    onMove(listener) {
      listeners.push(listener)
    },
  }
}
