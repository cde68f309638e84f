import { LONG_LIVED_TOKEN_LIFE_MS } from '@parley/instagram/limits.ts'
import { causes } from '#alerts/causes.ts'
import { openAlert } from '#alerts/open-alert.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { Ports } from '#ports/ports.ts'
import { deriveGrant, EXPIRING_MS } from './derive-grant.ts'
import { loseGrant } from './lose-grant.ts'
import { selectEnding } from './store-due.ts'
import { listGrants } from './store.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const BATCH = 500
/** Days before the end at which somebody is told: the later, the higher the level. */
const DAYS_TOLD = [14, 7, 3, 1] as const
const LIFE_DAYS = LONG_LIVED_TOKEN_LIFE_MS / DAY_MS

type Touched = Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals'>

/**
 * Nobody expires unnoticed: a grant whose date has passed is written down as lost, and a connection that ends within
 * fourteen days, which is one that could not be refreshed since its half life, is told of at 14, 7, 3 and 1 days.
 */
export async function watchExpiry(ports: Touched): Promise<void> {
  const nowMs = ports.clock.now()
  const before = new Date(nowMs + EXPIRING_MS)
  const ending = await selectEnding(ports.db, { before, lifeDays: LIFE_DAYS, limit: BATCH })
  for (const one of ending) {
    const key = { tenantId: one.tenant_id, connectionId: one.connection_id }
    if (one.ends_at.getTime() <= nowMs) {
      const grant = { ...key, grantId: one.grant_id }
      await loseGrant(ports, grant, { actor: 'system', status: 'needs_reauth', reason: 'expired' })
      continue
    }
    const endsAtMs = await endOfAll(ports, key, nowMs)
    if (endsAtMs === undefined || endsAtMs > before.getTime()) continue
    const account = one.username === null ? one.account_id : `@${one.username}`
    await ports.db.transaction(async (db) => {
      const endsAt = new Date(endsAtMs).toISOString()
      const isNew = await openAlert(ports, db, {
        tenantId: key.tenantId,
        kind: 'connection_expiring',
        severity: 'warning',
        connectionId: key.connectionId,
        cause: causes.expiring(key.connectionId),
        level: levelAt(endsAtMs - nowMs),
        detail: { account, endsAt },
      })
      if (!isNew) return
      await recordHostEvent(ports, db, {
        type: 'connection.expiring',
        ...key,
        data: { status: 'expiring', expiresAt: endsAt },
      })
    })
  }
}

/** When the last of a connection's usable grants ends; undefined: never, or none is left. */
async function endOfAll(
  ports: Touched,
  key: { tenantId: string; connectionId: string },
  nowMs: number,
): Promise<number | undefined> {
  const usable = (await listGrants(ports.db, [key]))
    .map((grant) => deriveGrant(grant, nowMs))
    .filter((grant) => grant.isUsable)
  if (usable.length === 0) return undefined
  const ends = usable.map(({ endsAtMs }) => endsAtMs ?? Number.POSITIVE_INFINITY)
  const last = Math.max(...ends)
  return Number.isFinite(last) ? last : undefined
}

const levelAt = (leftMs: number): number =>
  DAYS_TOLD.filter((days) => leftMs <= days * DAY_MS).length
