import { capabilityStates } from '@parley/instagram/scopes.ts'
import type { AccountIdentity } from '#connections/schema.ts'
import type { HostEventFact } from '#host-events/schema.ts'
import { liveBlocks } from '#tokens/live-blocks.ts'
import type { GrantRow } from '#tokens/schema.ts'
import type { Who } from './schema.ts'

/** What the host is told when a grant became the live one, in this order. */
export function activationEvents(input: {
  readonly grant: GrantRow
  readonly identity: AccountIdentity
  readonly isFirst: boolean
  readonly isChanged: boolean
  /** The connection's grants until now. */
  readonly before: readonly GrantRow[]
  readonly nowMs: number
  readonly who: Who
}): HostEventFact[] {
  const { grant, identity, isFirst, isChanged, before, nowMs, who } = input
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

  // With a fresh login what Meta refused of the one before is forgotten.
  const replaced = before.find(({ login, id }) => login === grant.login && id !== grant.id)
  const blocked = new Set(Object.keys(liveBlocks(replaced?.blocks ?? {}, nowMs)))
  const states = capabilityStates(grant.login, grant.asked_capabilities, grant.scopes)
  for (const capability of grant.asked_capabilities) {
    if (!blocked.has(capability) || states[capability].state !== 'on') continue
    const change = { capability, state: 'on', reason: null }
    events.push({ ...about, type: 'capability.changed', data: change })
  }
  return events
}
