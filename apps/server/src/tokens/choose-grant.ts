import { capabilityStates } from '@parley/instagram/scopes.ts'
import { deriveGrant } from './derive-grant.ts'
import { liveBlocks } from './live-blocks.ts'
import type { GrantRow } from './schema.ts'

type Choosable = Pick<
  GrantRow,
  | 'id'
  | 'login'
  | 'status'
  | 'reason'
  | 'scopes'
  | 'asked_capabilities'
  | 'blocks'
  | 'expiry'
  | 'expires_at'
  | 'issued_at'
  | 'refreshed_at'
  | 'sealed_token'
>

/**
 * The grant in use: usable now; one that may send messages before one that may not; then `instagram`, which
 * needs no page. Only this one is subscribed, so that a message comes once.
 */
export function chooseGrant<G extends Choosable>(
  grants: readonly G[],
  nowMs: number,
): G | undefined {
  let best: { grant: G; rank: number } | undefined
  for (const grant of grants) {
    if (!deriveGrant(grant, nowMs).isUsable) continue
    const { messages } = capabilityStates(grant.login, grant.asked_capabilities, grant.scopes)
    const mayMessage =
      messages.state === 'on' && liveBlocks(grant.blocks, nowMs).messages === undefined
    const rank = (mayMessage ? 2 : 0) + (grant.login === 'instagram' ? 1 : 0)
    if (best === undefined || rank > best.rank) best = { grant, rank }
  }
  return best?.grant
}
