import { causes } from '#alerts/causes.ts'
import { openAlert } from '#alerts/open-alert.ts'
import type { AccountIdentity } from '#connections/schema.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import type { GrantRow } from '#tokens/schema.ts'
import type { Who } from './schema.ts'

/**
 * Says that a login by a link that was sent on waits for the host, in the transaction that keeps it: nobody of the
 * host's sees the person come back, and unconfirmed it is destroyed within a day.
 */
export async function tellCandidate(
  ports: HostEventPorts,
  db: Queryable,
  input: { grant: GrantRow; identity: AccountIdentity; who: Who },
): Promise<void> {
  const { grant, identity, who } = input
  const about = { tenantId: grant.tenant_id, connectionId: grant.connection_id }
  const { accountId, username, name } = identity
  const until = grant.candidate_until === null ? null : grant.candidate_until.toISOString()
  await openAlert(ports, db, {
    ...about,
    kind: 'confirmation_waiting',
    severity: 'warning',
    cause: causes.unconfirmed(grant.id),
    detail: {
      account: username === undefined ? accountId : `@${username}`,
      ...(until === null ? {} : { endsAt: until }),
    },
  })
  await recordHostEvent(ports, db, {
    ...about,
    type: 'connection.pending',
    requestId: who.requestId,
    data: {
      status: 'pending',
      login: grant.login,
      account: { id: accountId, username: username ?? null, name: name ?? null },
      capabilities: [...grant.asked_capabilities],
      confirmUntil: until,
    },
  })
}
