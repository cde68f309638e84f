import { randomUUID } from 'node:crypto'
import { watchWith } from '@parley/instagram/finished-call.ts'
import { createGraphClient } from '@parley/instagram/graph-client.ts'
import type { GraphClient } from '@parley/instagram/graph-client.ts'
import type { GraphContext } from '@parley/instagram/graph-context.ts'
import type { HttpPort, HttpStreamPort } from '@parley/instagram/http-port.ts'
import { watchMeasures } from '#alerts/note-call.ts'
import { WRITE_MEASURES_PAUSE_MS, writeMeasures } from '#alerts/write-measures.ts'
import { recordUnsealFailures } from '#audit/record-unseal-failures.ts'
import type { Config, MetaApp } from '#config.ts'
import type { Clock } from '#ports/clock.ts'
import { openDatabase } from '#ports/database.ts'
import { createHostHttp } from '#ports/host-http.ts'
import type { Log } from '#ports/log.ts'
import { Measures } from '#ports/measures.ts'
import { openMetrics } from '#ports/metrics.ts'
import type { Ports } from '#ports/ports.ts'
import { systemRandom } from '#ports/random.ts'
import { repeat } from '#ports/repeat.ts'
import { repeatByClock } from '#ports/repeat-by-clock.ts'
import { openSignals } from '#ports/signals.ts'
import { openVault } from '#ports/vault.ts'
import { watchCalls } from '#ports/watch-calls.ts'

const CONNECTIONS_MAX = 10
const CLOSE_WAIT_MS = 1_500
/** What a process knows of data keys is never much older; `vault.inbox()` counts on it. */
const LEARN_PAUSE_MS = 4_000

/** Everything outside the process, opened. @throws WrongKeyError before anything is written. */
export async function openPorts(options: {
  config: Config
  databaseUrl: string
  clock: Clock
  log: Log
  http: HttpPort
  stream?: HttpStreamPort
}): Promise<Ports & AsyncDisposable> {
  const { config, clock, log } = options
  const random = systemRandom
  const metrics = openMetrics()
  const db = openDatabase({
    url: options.databaseUrl,
    connectionsMax: CONNECTIONS_MAX,
    onError: (error) => log.warn({ err: error }, 'a database connection broke'),
  })
  const onUnsealFailed = recordUnsealFailures({ db, clock, log })
  const vault = await openVault(db, config.encryptionKeys, { clock, random, onUnsealFailed })
  const signals = await openSignals(db, randomUUID(), (error) =>
    log.warn({ err: error }, 'signals between processes are interrupted'),
  )
  // A destroyed key leaves every process's memory.
  signals.onHappening(({ kind, id }) => {
    if (kind === 'tenant') vault.dropTenantKey(id)
  })
  const learning = repeat(
    LEARN_PAUSE_MS,
    async () => await vault.learnKeys(),
    (error) =>
      log.warn({ err: error }, 'new key versions: this round failed, the next one tries again'),
  )
  const measuring = startMeasuring({ db, clock, log })
  const { measures } = measuring
  const graph = graphOf(config, {
    ...options,
    watchCall: watchWith(watchCalls(metrics, clock), watchMeasures({ config, measures })),
  })
  const hostHttp = createHostHttp({ privateTargets: config.hostPrivateTargets })
  return {
    config,
    db,
    clock,
    random,
    vault,
    graph,
    hostHttp,
    signals,
    metrics,
    log,
    measures,
    async [Symbol.asyncDispose]() {
      await within(CLOSE_WAIT_MS, measuring[Symbol.asyncDispose]())
      await within(CLOSE_WAIT_MS, learning[Symbol.asyncDispose]())
      await within(CLOSE_WAIT_MS, signals[Symbol.asyncDispose]())
      await within(CLOSE_WAIT_MS, db.close())
    },
  }
}

/** Meta, as the settings say. */
export function graphOf(
  config: Config,
  {
    http,
    stream,
    watchCall,
  }: Pick<GraphContext, 'http'> & Partial<Pick<GraphContext, 'stream' | 'watchCall'>>,
): GraphClient {
  const { instagramApp, facebookApp } = config
  return createGraphClient({
    urls: config.metaUrls,
    version: config.graphVersion,
    http,
    stream,
    watchCall,
    instagramApp: instagramApp && pairOf(instagramApp),
    facebookApp: facebookApp && {
      ...pairOf(facebookApp),
      loginConfigId: facebookApp.loginConfigId,
    },
  })
}

/** Counts, written now and then, and what is left of them at the end. */
function startMeasuring(
  ports: Pick<Ports, 'db' | 'clock' | 'log'>,
): AsyncDisposable & { readonly measures: Measures } {
  const measures = new Measures()
  const write = async (): Promise<void> => await writeMeasures({ ...ports, measures })
  const writing = repeatByClock(ports.clock, WRITE_MEASURES_PAUSE_MS, write, (error) =>
    ports.log.warn({ err: error }, 'counts for alerts are kept back; they are written later'),
  )
  return {
    measures,
    async [Symbol.asyncDispose]() {
      await writing[Symbol.asyncDispose]()
      await write()
    },
  }
}

const pairOf = (app: MetaApp): { id: string; secret: MetaApp['secrets'][0] } => ({
  id: app.id,
  secret: app.secrets[0],
})

/** A stop does not wait for a database that is away. */
async function within(ms: number, work: PromiseLike<void>): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, ms).unref())
  await Promise.race([work.then(undefined, () => undefined), late])
}
