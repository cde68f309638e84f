import type { Ports } from '#ports/ports.ts'
import { deleteOldDigests, findLastTime, insertDigests } from './store-digests.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Later than this a week's digest is not begun any more: a new installation has none to tell of. */
const LATE_MS_MAX = DAY_MS
const KEPT_MS = 60 * DAY_MS

/** Puts down whom the week's digest is to be mailed, once its time has come. Any number of workers may do so. */
export async function planDigests(ports: Pick<Ports, 'config' | 'db' | 'clock'>): Promise<void> {
  const { timezone, smtp, alerts } = ports.config
  if (alerts.digest === undefined || smtp === undefined) return
  const nowMs = ports.clock.now()
  const now = new Date(nowMs)
  const until = await findLastTime(ports.db, { now, time: alerts.digest, timezone })
  if (nowMs - until.getTime() >= LATE_MS_MAX) return
  await insertDigests(ports.db, {
    until,
    forOwners: alerts.digestTo.includes('owners'),
    forTenants: alerts.digestTo.includes('tenants'),
  })
  await deleteOldDigests(ports.db, new Date(nowMs - KEPT_MS))
}
