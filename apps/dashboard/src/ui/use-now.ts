import { useSyncExternalStore } from 'react'

/** Countdowns and ages show minutes; a quarter of one keeps them honest. */
const TICK_MS = 15_000

const listeners = new Set<() => void>()
let nowMs = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    nowMs = Date.now()
    for (const tell of listeners) tell()
  }, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The current time in ms, a few seconds coarse; components that read it follow the clock. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => {
    // Nobody ticked while nobody listened.
    if (timer === undefined) nowMs = Math.floor(Date.now() / TICK_MS) * TICK_MS + TICK_MS - 1
    return nowMs
  })
}
