import type { Ports } from '#ports/ports.ts'

/** Per process: the ports object is the process. */
const saturations = new WeakMap<Ports['signals'], () => number>()

export function noteSaturation(ports: Pick<Ports, 'signals'>, saturation: () => number): void {
  saturations.set(ports.signals, saturation)
}

/**
 * How busy this process is acknowledging: the share of time in which deliveries waited for their commit, 0 to 1. Zero
 * where nothing is received.
 */
export function ackSaturation(ports: Pick<Ports, 'signals'>): number {
  return saturations.get(ports.signals)?.() ?? 0
}
