import type { AccountIdentity } from '#connections/schema.ts'
import type { HostEventFact } from '#host-events/schema.ts'
import type { GrantRow } from '#tokens/schema.ts'
import type { Who } from './schema.ts'

/** What the host is told when a grant became the live one, in this order. */
export function activationEvents(input: {
  readonly grant: GrantRow
  readonly identity: AccountIdentity
  readonly isFirst: boolean
  readonly isChanged: boolean
  readonly who: Who
}): HostEventFact[] {
  const { grant, identity, isFirst, isChanged, who } = input
  const about = {
    tenantId: grant.tenant_id,
    connectionId: grant.connection_id,
    requestId: who.requestId,
  }
  const account = {
    id: identity.accountId,
    username: identity.username ?? null,
    name: identity.name ?? null,
  }
  const data = { login: grant.login, account, capabilities: [...grant.asked_capabilities] }
  const events: HostEventFact[] = [
    { ...about, type: isFirst ? 'connection.created' : 'connection.reconnected', data },
  ]
  if (isChanged) events.push({ ...about, type: 'connection.updated', data })
  return events
}
