import { deriveGrant } from './derive-grant.ts'
import type { CapabilityBlocks, GrantRow } from './schema.ts'

/**
 * A connection's grants as the host was told of them: what Meta refused counts until it is told that it works again, and
 * after a loss the grant that was lost last says what the connection could do. None before the first login, and after a
 * disconnect: then there is nothing that could have changed.
 */
export function toldGrants(grants: readonly GrantRow[], nowMs: number): GrantRow[] {
  const told = grants.map((grant) => ({ ...grant, blocks: toldBlocks(grant.blocks, nowMs) }))
  if (told.some((grant) => deriveGrant(grant, nowMs).isUsable)) return told
  const [last] = told
    .filter(({ status }) => status !== 'pending' && status !== 'disconnected')
    .toSorted((one, other) => checkedMs(other) - checkedMs(one))
  // As it was while it lived.
  return last === undefined
    ? []
    : [{ ...last, status: 'active', expiry: 'never', sealed_token: '' }]
}

/** However long ago it was. */
export function toldBlocks(blocks: CapabilityBlocks, nowMs: number): CapabilityBlocks {
  const at = new Date(nowMs).toISOString()
  return Object.fromEntries(Object.entries(blocks).map(([name, block]) => [name, { ...block, at }]))
}

const checkedMs = ({ checked_at: at }: GrantRow): number => at?.getTime() ?? 0
