import type { SentLine } from '#checker.ts'
import { lineOf } from '#line.ts'
import type { LinePlan } from '#line.ts'
import type { LoadResult } from '#load.ts'

/** What the sender knows of its lines, for the checker. */
export function sentLines(plan: LinePlan, result: LoadResult): SentLine[] {
  return Array.from({ length: result.sent }, (_, n) => {
    const { token, accountId, igsid } = lineOf(plan, result.first + n)
    const acked = result.ackedAtMs[n] ?? Number.NaN
    const ackedAtMs = Number.isNaN(acked) ? undefined : acked
    return { token, accountId, igsid, sentAtMs: result.sentAtMs[n] ?? 0, ackedAtMs }
  })
}
