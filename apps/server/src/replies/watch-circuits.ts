import type { Ports } from '#ports/ports.ts'
import type { Circuits } from './circuits.ts'

const HELP = {
  parley_circuits_open:
    'What this worker sends nothing to until Meta answers again: connections, or whole hosts of Meta',
} as const

/** Counts the circuits that are open. @returns ends it. */
export function watchCircuits(
  metrics: Pick<Ports['metrics'], 'look'>,
  circuits: Pick<Circuits, 'openCounts'>,
): () => void {
  return metrics.look(HELP, () => {
    const { connections, hosts } = circuits.openCounts()
    const name = 'parley_circuits_open'
    return [
      { name, value: connections, labels: { of: 'connection' } },
      { name, value: hosts, labels: { of: 'host' } },
    ]
  })
}
