import type { Ports } from '#ports/ports.ts'
import { forgetGrant } from './forget-grant.ts'

/** Says that a connection is not what it was: dashboards look again, every process drops its token. After the commit. */
export function tellConnection(
  ports: Pick<Ports, 'vault' | 'signals'>,
  tenantId: string,
  connectionId: string,
): void {
  forgetGrant(ports, connectionId)
  ports.signals.tell([{ kind: 'connection', id: connectionId, connectionId, tenantId }])
}
