import { createRemoteJWKSet } from 'jose'
import type { JWTVerifyGetKey } from 'jose'

/** The host's public keys, read over the network when first needed and kept for ten minutes. */
export function openJwks(url: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: 5_000,
    // A token with an unknown `kid` makes one call in this time, not one each.
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
  })
}
