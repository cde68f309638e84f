import type { CallName, WatchCall } from '@parley/instagram/finished-call.ts'
import type { Clock } from './clock.ts'
import type { Metrics } from './metrics.ts'

/** Meta's meters look back an hour and fall slowly: the fullest of the last minutes is the one to watch. */
const RECENT_MS = 10 * 60 * 1000

type App = 'instagram' | 'facebook'

const HELP = {
  parley_meta_usage_ratio:
    'The fullest of the meters Meta reported in the last ten minutes, 1: calls are refused; NaN: none was reported',
} as const

/** Counts calls at Meta, and keeps what it says of the allowance, per app. */
export function watchCalls(
  metrics: Pick<Metrics, 'metaCalls' | 'metaCallSeconds' | 'look'>,
  clock: Pick<Clock, 'monotonicMs'>,
): WatchCall {
  const fullest = new Map<App, { percent: number; atMs: number }>()
  const note = (host: CallName['host'], percent: number): void => {
    const app: App = host === 'facebook_graph' ? 'facebook' : 'instagram'
    const nowMs = clock.monotonicMs()
    const known = fullest.get(app)
    const isOver = known === undefined || nowMs - known.atMs > RECENT_MS
    if (isOver || percent >= known.percent) fullest.set(app, { percent, atMs: nowMs })
  }
  metrics.look(HELP, () =>
    (['instagram', 'facebook'] as const).map((app) => {
      const known = fullest.get(app)
      const isRecent = known !== undefined && clock.monotonicMs() - known.atMs <= RECENT_MS
      const value = isRecent ? known.percent / 100 : Number.NaN
      return { name: 'parley_meta_usage_ratio', value, labels: { app } }
    }),
  )
  return ({ host, kind }) => {
    const beganMs = clock.monotonicMs()
    return ({ result, meters }) => {
      metrics.metaCalls.add(1, { host, kind, result })
      metrics.metaCallSeconds.record((clock.monotonicMs() - beganMs) / 1000, { host })
      const percents = [meters.appPercent, meters.accountPercent].filter((one) => one !== undefined)
      if (percents.length > 0) note(host, Math.max(...percents))
    }
  }
}
