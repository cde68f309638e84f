import type { Ports } from '#ports/ports.ts'
import type { GrantRow } from './schema.ts'
import { claimShortGrants as claim } from './store.ts'

/** `fence` is checked when the result is written: a late worker's write is refused. */
export type ClaimedGrant = GrantRow & { readonly fence: number }

/** Longer than an exchange takes, shorter than anybody waits. */
const LEASE_SECONDS = 55
const BATCH = 20

/** Short-lived grants to be made long-lived, leased to this worker. */
export async function claimShortGrants(
  ports: Pick<Ports, 'db' | 'random'>,
): Promise<ClaimedGrant[]> {
  const owner = ports.random.bytes(8).toString('hex')
  return await claim(ports.db, { leaseSeconds: LEASE_SECONDS, owner, limit: BATCH })
}
