import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { causes } from './causes.ts'
import type { Watched } from './schema.ts'
import { selectReaders } from './store-measures.ts'
import type { Readers } from './store-measures.ts'

const WINDOW_MS = 60 * 60_000
/** What is usual is known from so long. */
export const HISTORY_MS = 30 * 24 * WINDOW_MS
/** So many times the busiest hour of the thirty days before is unusual; up to half of that, not over yet. */
const UNUSUAL_TIMES = 3

/**
 * Access tokens handed out within the last hour, of one connection or to one key: more than three times as many as in its
 * busiest hour before. Few are never unusual, and what was told as unusual does not become usual by going on.
 */
export async function watchTokenReads(
  { config, clock }: Pick<Ports, 'config' | 'clock'>,
  db: Queryable,
): Promise<readonly Watched[]> {
  const least = config.alerts.tokenReads
  const nowMs = clock.now()
  const readers =
    least === undefined
      ? []
      : await selectReaders(db, {
          since: new Date(nowMs - WINDOW_MS),
          historySince: new Date(nowMs - HISTORY_MS),
          windowMs: WINDOW_MS,
          least: Math.ceil(least / 2),
        })
  const limitOf = ({ usual }: Readers): number => Math.max(least ?? 0, UNUSUAL_TIMES * usual)
  return [
    {
      kind: 'token_reads_unusual',
      troubles: readers
        .filter((one) => one.reads > limitOf(one))
        .map((one) => ({
          tenantId: one.tenant_id,
          connectionId: one.tenant_id === null ? null : one.subject,
          kind: 'token_reads_unusual',
          severity: 'critical',
          cause: causes.tokenReads(one.subject),
          detail: { account: one.account ?? one.subject, count: one.reads, usual: one.usual },
        })),
      lingering: new Set(
        readers
          .filter((one) => one.reads > limitOf(one) / 2)
          .map(({ subject }) => causes.tokenReads(subject)),
      ),
      isOff: least === undefined,
    },
  ]
}
