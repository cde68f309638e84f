import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { openCircuit, openingsOf } from './store-apps.ts'

const MINUTE_MS = 60_000
/** After the first, second, third … time in a row. */
const PAUSE_MS = [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS] as const

/** `unreachable`: Meta does not answer. `suspect`: too many grants died one after the other to believe it. */
export type AppTrouble = 'app_broken' | 'throttled' | 'unreachable' | 'suspect'

/**
 * Stops refreshes and checks of a whole Meta app: what fails for everybody says nothing of one connection. When the
 * pause is over one grant shows whether the app is well again.
 */
export async function breakApp(
  ports: Pick<Ports, 'db' | 'clock' | 'log'>,
  input: { appId: string; reason: AppTrouble; pauseMs?: number | undefined },
): Promise<void> {
  const { appId, reason } = input
  const now = new Date(ports.clock.now())
  const openings = await openingsOf(ports.db, appId)
  const pauseMs = PAUSE_MS[Math.min(openings, PAUSE_MS.length - 1)] ?? MINUTE_MS
  const until = new Date(now.getTime() + Math.max(pauseMs, input.pauseMs ?? 0))
  await ports.db.transaction(async (db) => {
    if (!(await openCircuit(db, { appId, reason, until, now }))) return
    const line = { actor: 'meta', action: 'app.paused', subjectId: appId, detail: { reason } }
    await recordAudit(db, now, line)
  })
  ports.log.warn({ app: appId, reason, until }, 'refreshes of a Meta app are paused')
}
