import { LONG_LIVED_TOKEN_LIFE_MS } from '@parley/instagram/limits.ts'
import { causes } from '#alerts/causes.ts'
import { openAlert } from '#alerts/open-alert.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Ports } from '#ports/ports.ts'
import { loseGrant } from './lose-grant.ts'
import { selectDataAccess, selectEnding } from './store-ending.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const BATCH = 500
/** More is told a minute later. */
const ROUNDS_MAX = 20
const LIFE_DAYS = LONG_LIVED_TOKEN_LIFE_MS / DAY_MS

/**
 * Nobody expires unnoticed: a grant whose date has passed is written down as lost, and a connection that ends within
 * fourteen days, which is one that could not be refreshed since its half life, is told of at 14, 7, 3 and 1 days, or when
 * the settings say. The later it is, the higher the level.
 */
export async function watchExpiry(ports: HostEventPorts & Pick<Ports, 'config'>): Promise<void> {
  const nowMs = ports.clock.now()
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const ending = await selectEnding(ports.db, {
      now: new Date(nowMs),
      daysTold: ports.config.alerts.tokenDays,
      lifeDays: LIFE_DAYS,
      limit: BATCH,
    })
    for (const one of ending) await tell(ports, one, nowMs)
    // Who was told is not found again.
    if (ending.length < BATCH) return
  }
}

/**
 * The person's permission to read data has a date of its own. What it stops is not told by Meta, and messages are widely
 * reported to go on: people are warned, and nothing is marked as lost.
 */
export async function watchDataAccess(
  ports: HostEventPorts & Pick<Ports, 'config'>,
): Promise<void> {
  const now = new Date(ports.clock.now())
  const daysTold = ports.config.alerts.dataAccessDays
  if (daysTold.length === 0) return
  const found = await selectDataAccess(ports.db, { now, daysTold, limit: BATCH })
  for (const one of found) {
    await ports.db.transaction(async (db) => {
      await openAlert(ports, db, {
        tenantId: one.tenant_id,
        kind: 'data_access_expiring',
        severity: 'warning',
        connectionId: one.connection_id,
        cause: causes.dataAccess(one.connection_id),
        level: one.level,
        detail: {
          account: one.username === null ? one.account_id : `@${one.username}`,
          endsAt: one.ends_at.toISOString(),
        },
      })
    })
  }
}

async function tell(
  ports: HostEventPorts,
  one: Awaited<ReturnType<typeof selectEnding>>[number],
  nowMs: number,
): Promise<void> {
  const key = { tenantId: one.tenant_id, connectionId: one.connection_id }
  if (one.ends_at.getTime() <= nowMs) {
    const grant = { ...key, grantId: one.grant_id, sealed: one.sealed_token }
    await loseGrant(ports, grant, { actor: 'system', status: 'needs_reauth', reason: 'expired' })
    return
  }
  const account = one.username === null ? one.account_id : `@${one.username}`
  const endsAt = one.ends_at.toISOString()
  await ports.db.transaction(async (db) => {
    const isNew = await openAlert(ports, db, {
      tenantId: key.tenantId,
      kind: 'connection_expiring',
      severity: 'warning',
      connectionId: key.connectionId,
      cause: causes.expiring(key.connectionId),
      level: one.level,
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
