import type { HostEventType } from '@parley/contract/host-event.ts'
import { endpointWatchOf } from './endpoint-watch.ts'
import type { HostEventPorts } from './schema.ts'

/**
 * Is it worth telling of such a happening? From memory, for places where even asking the database is too much; see
 * `endpoint-watch.ts` for how new the answer is.
 */
export function wantsHostEvent(
  ports: HostEventPorts,
  type: HostEventType,
  tenantId: string,
): boolean {
  return endpointWatchOf(ports).wants(type, tenantId)
}
