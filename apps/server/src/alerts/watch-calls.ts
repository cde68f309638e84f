import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { causes } from './causes.ts'
import type { Trouble, Watched } from './schema.ts'
import { sumConnectionCalls, sumOwn } from './store-measures.ts'
import type { ConnectionSums, Sums } from './store-measures.ts'

const WINDOW_MS = 60 * 60_000
/** What failed longer ago, and nothing since, is over and was nothing to be told. */
const RECENT_MS = 15 * 60_000
/** An open alert ends at half of what opened it, or nine tenths of Meta's meter: it does not flap around one figure. */
const RATE_OVER = 0.5
const USAGE_OVER = 0.9
const NEVER = Number.POSITIVE_INFINITY
/** Beyond any meter. */
const USAGE_NEVER = 1_000_000

type Counts = { readonly total: number; readonly failed: number }

const rateOf = ({ total, failed }: Counts): number => (total === 0 ? 0 : (100 * failed) / total)

type Calls = Sums & {
  readonly tenantId: string | null
  readonly account: string
}

/**
 * Calls at Meta within the last hour: how many failed, and how full Meta's meters are, of each Meta app and each
 * connection. What fails for others of its app too says nothing of one connection: then only the app's is told.
 */
export async function watchCalls(
  { config, clock }: Pick<Ports, 'config' | 'clock'>,
  db: Queryable,
): Promise<readonly Watched[]> {
  const { errorRatePercent = NEVER, errorRateCalls, usedPercent = NEVER } = config.alerts
  const nowMs = clock.now()
  const times = { since: new Date(nowMs - WINDOW_MS), recent: new Date(nowMs - RECENT_MS) }
  const least = Math.min(usedPercent * USAGE_OVER, USAGE_NEVER)
  const apps = (await sumOwn(db, 'calls', times)).map((one): Calls => ({
    ...one,
    tenantId: null,
    account: `the Meta app ${one.subject}`,
  }))
  const connections = (await sumConnectionCalls(db, times, least)).map((one) => ({
    ...one,
    tenantId: one.tenant_id,
  }))
  const all = [...apps, ...connections]

  const isEnough = ({ total }: Counts): boolean => total >= errorRateCalls
  const isFailing = (one: Calls): boolean =>
    isEnough(one) && rateOf(one) > errorRatePercent && one.failed_lately > 0
  const isAlone = (one: ConnectionSums): boolean =>
    !apps.some((app) => {
      const others = { total: app.total - one.total, failed: app.failed - one.failed }
      const isFailingToo = isEnough(others) && rateOf(others) > errorRatePercent * RATE_OVER
      return isFailingToo && one.app_ids.includes(app.subject)
    })
  const failing = [...apps.filter(isFailing), ...connections.filter(isFailing).filter(isAlone)]
  const lingering = all.filter((one) => rateOf(one) > errorRatePercent * RATE_OVER)
  const full = all.filter((one) => one.used_percent > usedPercent * USAGE_OVER)
  return [
    {
      kind: 'error_rate',
      troubles: failing.map((one) => ({
        ...placeOf(one),
        kind: 'error_rate',
        cause: causes.errorRate(one.subject),
        detail: { account: one.account, count: one.failed, total: one.total },
      })),
      lingering: new Set(lingering.map(({ subject }) => causes.errorRate(subject))),
      isOff: errorRatePercent === NEVER,
    },
    {
      kind: 'usage_high',
      troubles: all
        .filter((one) => one.used_percent > usedPercent)
        .map((one) => ({
          ...placeOf(one),
          kind: 'usage_high',
          cause: causes.usage(one.subject),
          detail: { account: one.account, count: Math.round(one.used_percent) },
        })),
      lingering: new Set(full.map(({ subject }) => causes.usage(subject))),
      isOff: usedPercent === NEVER,
    },
  ]
}

const placeOf = ({
  tenantId,
  subject,
}: Calls): Pick<Trouble, 'tenantId' | 'connectionId' | 'severity'> => ({
  tenantId,
  connectionId: tenantId === null ? null : subject,
  severity: 'warning',
})
