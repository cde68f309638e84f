import type { Ports } from '#ports/ports.ts'
import type { Ingested } from './ingest-deliveries.ts'

/** Counts what became of deliveries and their events, a batch at a time. What waits is counted when it is worked. */
export function countWorked(
  metrics: Pick<Ports['metrics'], 'deliveriesWorked' | 'deliveryEvents'>,
  { states, outcomes }: Pick<Ingested, 'states' | 'outcomes'>,
): void {
  for (const [state, some] of Map.groupBy(states, (one) => one)) {
    if (state !== 'stored') metrics.deliveriesWorked.add(some.length, { state })
  }
  for (const [outcome, some] of Map.groupBy(outcomes, (one) => one)) {
    if (outcome !== 'wait') metrics.deliveryEvents.add(some.length, { outcome })
  }
}
