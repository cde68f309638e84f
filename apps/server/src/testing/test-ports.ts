import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { createGraphClient } from '@parley/instagram/graph-client.ts'
import type { GraphContext } from '@parley/instagram/graph-context.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { watchWith } from '@parley/instagram/finished-call.ts'
import type { WatchCall } from '@parley/instagram/finished-call.ts'
import type { HttpPort } from '@parley/instagram/http-port.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { watchMeasures } from '#alerts/note-call.ts'
import { recordUnsealFailures } from '#audit/record-unseal-failures.ts'
import { readConfig } from '#config.ts'
import type { Config } from '#config.ts'
import type { Clock } from '#ports/clock.ts'
import { createHostHttp } from '#ports/host-http.ts'
import { silentLog } from '#ports/log.ts'
import { Measures } from '#ports/measures.ts'
import { openMetrics } from '#ports/metrics.ts'
import type { Ports } from '#ports/ports.ts'
import { systemRandom } from '#ports/random.ts'
import { repeat } from '#ports/repeat.ts'
import { openSignals } from '#ports/signals.ts'
import { openVault } from '#ports/vault.ts'
import { watchCalls } from '#ports/watch-calls.ts'
import { testDatabase } from './test-database.ts'
import type { TestDatabase } from './test-database.ts'

/** A clock that stands until it is moved. Waits are measured by the real one. */
export type TestClock = Clock & { advance(ms: number): void; set(ms: number): void }

export type TestPorts = Ports & {
  readonly db: TestDatabase
  readonly clock: TestClock
} & AsyncDisposable

/** A Friday noon. */
export const TEST_START_MS = Date.UTC(2026, 10, 20, 12)

/** The two apps of `testConfig`; a simulator in a test is given the same. */
export const testApps = {
  instagram: { id: '1000000000000001', secret: 'instagram-app-secret-for-tests' },
  facebook: { id: '2000000000000002', secret: 'facebook-app-secret-for-tests' },
} as const

export function testClock(startMs: number = TEST_START_MS): TestClock {
  let nowMs = startMs
  return {
    now: () => nowMs,
    monotonicMs: () => performance.now(),
    advance(ms) {
      nowMs += ms
    },
    set(ms) {
      nowMs = ms
    },
  }
}

export function testConfig(overrides: Partial<Config> = {}): Config {
  const read = readConfig(
    {
      PARLEY_URL: 'http://localhost:3000',
      PARLEY_SECRET: 'a-secret-for-tests-only-0123456789',
      PARLEY_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      PARLEY_API_KEY: 'an-api-key-for-tests-only',
      INSTAGRAM_APP_ID: testApps.instagram.id,
      INSTAGRAM_APP_SECRET: testApps.instagram.secret,
      FACEBOOK_APP_ID: testApps.facebook.id,
      FACEBOOK_APP_SECRET: testApps.facebook.secret,
      INSTAGRAM_WEBHOOK_VERIFY_TOKEN: 'a-verify-token-for-tests',
      // Nothing listens on the discard port: a test that reaches Meta by accident fails at once.
      INSTAGRAM_WWW_URL: 'http://127.0.0.1:9',
      INSTAGRAM_API_URL: 'http://127.0.0.1:9',
      INSTAGRAM_GRAPH_URL: 'http://127.0.0.1:9',
      FACEBOOK_WWW_URL: 'http://127.0.0.1:9',
      FACEBOOK_GRAPH_URL: 'http://127.0.0.1:9',
    },
    false,
  )
  return { ...read, ...overrides }
}

/** The graph client of a configuration, over `http` (in tests often a function). */
export function testGraph(config: Config, http: HttpPort, watchCall?: WatchCall): Ports['graph'] {
  const app = (pair: Config['instagramApp']): { id: string; secret: Secret } | undefined =>
    pair === undefined ? undefined : { id: pair.id, secret: pair.secrets[0] }
  const context: GraphContext = {
    urls: config.metaUrls,
    version: config.graphVersion,
    http,
    watchCall,
    instagramApp: app(config.instagramApp),
    facebookApp:
      config.facebookApp === undefined
        ? undefined
        : {
            id: config.facebookApp.id,
            secret: config.facebookApp.secrets[0],
            loginConfigId: config.facebookApp.loginConfigId,
          },
  }
  return createGraphClient(context)
}

/** Meta is away, and has seen nothing. */
export const refusingHttp: HttpPort = async () => {
  throw new HttpFailure('not_connected')
}

const LEARN_PAUSE_MS = 4_000

/**
 * Everything a verb may touch, real but for the clock and the way to Meta:
 * `await using ports = await testPorts()`.
 *
 * @param options.http how Meta answers; without it every call fails as if Meta were away.
 */
export async function testPorts(
  options: Partial<Ports> & {
    readonly config?: Config
    readonly clock?: TestClock
    readonly http?: HttpPort
  } = {},
): Promise<TestPorts> {
  const { http = refusingHttp, ...overrides } = options
  const db = await testDatabase()
  const config = options.config ?? testConfig({ databaseUrl: db.url })
  const clock = options.clock ?? testClock()
  const random = systemRandom
  const measures = new Measures()
  const metrics = openMetrics()
  const onUnsealFailed = recordUnsealFailures({ db, clock, log: silentLog })
  const vault = await openVault(db, config.encryptionKeys, { clock, random, onUnsealFailed })
  const signals = await openSignals(db, randomUUID(), () => undefined)
  signals.onHappening(({ kind, id }) => {
    if (kind === 'tenant') vault.dropTenantKey(id)
  })
  // As every process does.
  const learning = repeat(
    LEARN_PAUSE_MS,
    async () => await vault.learnKeys(),
    () => undefined,
  )
  return {
    config,
    random,
    vault,
    graph: testGraph(
      config,
      http,
      watchWith(watchCalls(metrics, clock), watchMeasures({ config, measures })),
    ),
    hostHttp: createHostHttp({ privateTargets: config.hostPrivateTargets }),
    signals,
    metrics,
    log: silentLog,
    measures,
    ...overrides,
    db,
    clock,
    async [Symbol.asyncDispose]() {
      await learning[Symbol.asyncDispose]()
      await signals[Symbol.asyncDispose]()
      await db.close()
    },
  }
}
