import { causes } from '#alerts/causes.ts'
import { openAlert } from '#alerts/open-alert.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { openCircuit, openingsOf } from './store-apps.ts'

const MINUTE_MS = 60_000
/** After the first, second, third … time in a row. */
const PAUSE_MS = [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS] as const

/** Nobody can heal these from here; Meta's own outages heal by themselves, and are told when they last. */
const TOLD: ReadonlySet<AppTrouble> = new Set(['app_broken', 'suspect'])
const OPENINGS_TOLD = 5
/** One grant may say it of the whole app, and be wrong: the probe says it too. */
const OPENINGS_PROVEN = 2

/** `unreachable`: Meta does not answer. `suspect`: too many grants died one after the other to believe it. */
export type AppTrouble = 'app_broken' | 'throttled' | 'unreachable' | 'suspect'

/**
 * Stops refreshes and checks of a whole Meta app: what fails for everybody says nothing of one connection. When the
 * pause is over one grant shows whether the app is well again.
 */
export async function breakApp(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'log'>,
  input: { appId: string; reason: AppTrouble; pauseMs?: number | undefined },
): Promise<void> {
  const { appId, reason } = input
  const now = new Date(ports.clock.now())
  const openings = await openingsOf(ports.db, appId)
  const pauseMs = PAUSE_MS[Math.min(openings, PAUSE_MS.length - 1)] ?? MINUTE_MS
  const until = new Date(now.getTime() + Math.max(pauseMs, input.pauseMs ?? 0))
  await ports.db.transaction(async (db) => {
    const opened = await openCircuit(db, { appId, reason, until, now })
    if (opened.openings >= (TOLD.has(reason) ? OPENINGS_PROVEN : OPENINGS_TOLD)) {
      await openAlert(ports, db, {
        tenantId: null,
        kind: 'app_paused',
        severity: 'critical',
        connectionId: null,
        cause: causes.appPaused(appId),
        detail: { account: appId, reason },
      })
    }
    if (!opened.is_new || opened.openings > 1) return
    const line = { actor: 'meta', action: 'app.paused', subjectId: appId, detail: { reason } }
    await recordAudit(db, now, line)
  })
  ports.log.warn({ app: appId, reason, until }, 'refreshes of a Meta app are paused')
}
