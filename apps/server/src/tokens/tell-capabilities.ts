import { CAPABILITIES } from '@parley/instagram/scopes.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import { deriveCapability } from './derive-capability.ts'
import type { GrantRow } from './schema.ts'

/**
 * Tells the host what a connection may do now and could not before, or the other way round, in the transaction that
 * changed it. Nothing where no grant is usable: that is a loss, and told as one.
 */
export async function tellCapabilities(
  ports: HostEventPorts,
  db: Queryable,
  about: {
    readonly tenantId: string
    readonly connectionId: string
    /** Of the request that caused it. */
    readonly requestId?: string | null
  },
  grants: { readonly before: readonly GrantRow[]; readonly after: readonly GrantRow[] },
): Promise<void> {
  const nowMs = ports.clock.now()
  for (const capability of CAPABILITIES) {
    const before = deriveCapability(capability, grants.before, nowMs)
    const after = deriveCapability(capability, grants.after, nowMs)
    if (before === undefined || after === undefined) continue
    const { state, reason = null } = after
    if (before.state === state && (before.reason ?? null) === reason) continue
    const data = { capability, state, reason }
    await recordHostEvent(ports, db, { ...about, type: 'capability.changed', data })
  }
}
