import type { GraphClient } from '@parley/instagram/graph-client.ts'
import type { Config } from '#config.ts'
import type { Clock } from '#ports/clock.ts'
import type { Database } from '#ports/database.ts'
import type { Log } from '#ports/log.ts'
import type { Random } from '#ports/random.ts'
import type { Signals } from '#ports/signals.ts'
import type { Vault } from '#ports/vault.ts'

/** Everything outside the process. A verb names what it touches: `Pick<Ports, 'db' | 'clock'>`. */
export type Ports = {
  readonly config: Config
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly vault: Vault
  readonly graph: GraphClient
  readonly signals: Signals
  readonly log: Log
}
