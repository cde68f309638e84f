import type { Ports } from '#ports/ports.ts'
import type { SendResult } from './schema.ts'

type Sends = Ports['metrics']['sends']

/** Counts what became of sends, a flush at a time, and how long people waited for their answers. */
export function countSends(
  metrics: Pick<Ports['metrics'], 'sends' | 'answerSeconds'>,
  results: readonly SendResult[],
  nowMs: number,
): void {
  for (const [result, some] of Map.groupBy(results, nameOf)) {
    if (result !== 'failed') metrics.sends.add(some.length, { result, code: '' })
  }
  for (const one of results) {
    if (one.status === 'failed') metrics.sends.add(1, { result: 'failed', code: one.code })
    const { answersSinceMs } = one.departure
    if (one.status !== 'sent' || answersSinceMs === undefined) continue
    metrics.answerSeconds.record(Math.max(0, nowMs - answersSinceMs) / 1000)
  }
}

function nameOf(result: SendResult): NonNullable<Parameters<Sends['add']>[1]>['result'] {
  if (result.status !== 'queued') return result.status
  return result.countsAsTry ? 'retried' : 'held'
}
