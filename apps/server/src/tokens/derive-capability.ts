import type { CapabilityState } from '@parley/contract/connection.ts'
import { capabilityStates } from '@parley/instagram/scopes.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import { deriveGrant } from './derive-grant.ts'
import { liveBlocks } from './live-blocks.ts'
import type { GrantRow } from './schema.ts'

/** On when one usable grant allows it; else the reason of the grant that comes closest. Undefined: no grant is usable. */
export function deriveCapability(
  name: Capability,
  grants: readonly GrantRow[],
  nowMs: number,
): CapabilityState | undefined {
  const usable = grants.filter((grant) => deriveGrant(grant, nowMs).isUsable)
  if (usable.length === 0) return undefined
  const states = usable.map((grant): CapabilityState => {
    const state = capabilityStates(grant.login, grant.asked_capabilities, grant.scopes)[name]
    const block = liveBlocks(grant.blocks, nowMs)[name]
    return state.state === 'on' && block !== undefined
      ? { state: 'off', reason: block.reason }
      : state
  })
  return (
    states.find(({ state }) => state === 'on') ??
    states.find(({ reason }) => reason !== 'not_requested') ?? {
      state: 'off',
      reason: 'not_requested',
    }
  )
}
