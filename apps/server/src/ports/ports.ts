import type { GraphClient } from '@parley/instagram/graph-client.ts'
import type { Config } from '#config.ts'
import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import type { HostHttp } from './host-http.ts'
import type { Log } from './log.ts'
import type { Measures } from './measures.ts'
import type { Metrics } from './metrics.ts'
import type { Random } from './random.ts'
import type { Signals } from './signals.ts'
import type { Vault } from './vault.ts'

/** Everything outside the process. A verb names what it touches: `Pick<Ports, 'db' | 'clock'>`. */
export type Ports = {
  readonly config: Config
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly vault: Vault
  readonly graph: GraphClient
  readonly hostHttp: HostHttp
  readonly signals: Signals
  readonly metrics: Metrics
  readonly log: Log
  readonly measures: Measures
}
