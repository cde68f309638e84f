import type { Ports } from '#ports/ports.ts'
import { grantCacheOf } from './grant-cache.ts'

/** Drops the token of a connection from this process's memory; others drop it on the `connection` signal. */
export function forgetGrant(ports: Pick<Ports, 'vault' | 'signals'>, connectionId: string): void {
  grantCacheOf(ports).forget(connectionId)
}
