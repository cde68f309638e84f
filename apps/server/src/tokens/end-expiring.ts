import { causes } from '#alerts/causes.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import { EXPIRING_MS } from './derive-grant.ts'
import type { Expiry } from './schema.ts'

/**
 * A grant's end was read anew, in the transaction that writes it. Where it is far off, or there is none, the warning of
 * the connection's end is over, and a host that was told of it is told that the connection goes on. The same near date as
 * before is no good news, nor is none that is known.
 */
export async function endExpiring(
  ports: HostEventPorts,
  db: Queryable,
  about: {
    readonly tenantId: string
    readonly connectionId: string
    readonly expiry: Expiry
    readonly expiresAt: Date | null
  },
): Promise<void> {
  const { tenantId, connectionId, expiry, expiresAt } = about
  const isFar = expiresAt !== null && expiresAt.getTime() - ports.clock.now() > EXPIRING_MS
  if (expiry !== 'never' && !isFar) return
  const ended = await resolveAlerts(ports, db, {
    tenantId,
    causes: [causes.expiring(connectionId)],
  })
  if (ended === 0) return
  const data = { status: 'active', expiresAt: expiresAt?.toISOString() ?? null }
  await recordHostEvent(ports, db, { type: 'connection.updated', tenantId, connectionId, data })
}
