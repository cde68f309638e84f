import { AppError } from '@parley/contract/app-error.ts'
import type { HostEndpoint, HostEndpointChange } from '@parley/contract/host-endpoint.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { endDisabled } from './end-disabled.ts'
import { describeEndpoint } from './describe-endpoint.ts'
import { readEndpointUrl } from './read-endpoint-url.ts'
import type { Who } from './schema.ts'
import { restartPending } from './store-deliveries.ts'
import { lockEndpoint, selectEndpoint, updateEndpoint } from './store-endpoints.ts'
import { tellEndpoint } from './tell-endpoint.ts'

/**
 * Changes what is given. Enabled or moved, it is told at once what waits for it.
 *
 * @throws AppError `host-endpoints/not-found`, `host-endpoints/url-not-allowed`.
 */
export async function changeEndpoint(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'hostHttp' | 'signals'>,
  id: string,
  visible: readonly string[] | null,
  change: HostEndpointChange,
  who: Who,
): Promise<HostEndpoint> {
  // Before anything is said about an address: whose endpoint is it?
  const known = await selectEndpoint(ports.db, visible, id)
  if (known === undefined) throw new AppError('host-endpoints/not-found')
  const about = { tenantId: known.tenant_id, endpointId: id, who }
  const url = change.url === undefined ? undefined : await readEndpointUrl(ports, change.url, about)
  const at = new Date(ports.clock.now())
  const row = await ports.db.transaction(async (db) => {
    const before = await lockEndpoint(db, visible, id)
    if (before === undefined) throw new AppError('host-endpoints/not-found')
    const state = change.state ?? before.state
    const after = await updateEndpoint(
      db,
      {
        id,
        url: url ?? before.url,
        events: change.events === undefined ? before.events : change.events,
        state,
        disabled_reason: state === 'active' ? null : (before.disabled_reason ?? 'by_hand'),
      },
      at,
    )
    const isMoved = after.url !== before.url
    if (state === 'active' && before.state !== 'active') {
      await endDisabled(ports, db, before)
    }
    if (state === 'active' && (isMoved || before.state !== 'active')) {
      await restartPending(db, id, at)
    }
    await recordAudit(db, at, {
      ...who,
      action: 'host_endpoint.changed',
      tenantId: before.tenant_id,
      subjectId: id,
      detail: { state, moved: isMoved },
    })
    return after
  })
  tellEndpoint(ports, row)
  ports.signals.wake('host-events')
  return describeEndpoint(row)
}
