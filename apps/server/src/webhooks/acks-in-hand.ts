import type { Ports } from '#ports/ports.ts'

/** Per process: the signals object is the process. */
const counters = new WeakMap<Ports['signals'], () => number>()

export function noteAcksInHand(ports: Pick<Ports, 'signals'>, meanInHand: () => number): void {
  counters.set(ports.signals, meanInHand)
}

/** How many deliveries waited in this process for their commit, on average since this was last asked. Zero where nothing is received. */
export function acksInHand(ports: Pick<Ports, 'signals'>): number {
  return counters.get(ports.signals)?.() ?? 0
}
