import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '@parley/bench/seeded-random.ts'
import { emptyDatabase } from '@parley/server/testing/test-database.ts'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { Client } from 'pg'
import { ApiClient } from './api-client.ts'
import { connectAccount } from './connect-over-http.ts'
import { liveSettings } from './live-settings.ts'
import { SimulatorClient } from './simulator-client.ts'
import { freePort, spawnParley, workFolder } from './spawn-parley.ts'
import type { Parley } from './spawn-parley.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Without anything getting done; longer than a dead worker’s lease. */
const PROGRESS_WITHIN_MS = 120_000

export type YearOptions = {
  readonly seed: number
  /** Of each login. */
  readonly instagram: number
  readonly facebook: number
  readonly workers: number
  readonly stepDays: number
  readonly kills: number
  readonly say: (text: string) => void
}

export type Year = {
  readonly connections: number
  readonly revoked: readonly string[]
  readonly kills: number
  /** Refreshes Meta answered with a token. */
  readonly refreshesAtMeta: number
  readonly refreshesStored: number
  /** Refreshes of one grant less than 29 days after the one before. */
  readonly refreshedTwice: number
  readonly byStatus: Readonly<Record<string, number>>
  /** Lost connections, and the notices each gave. */
  readonly lost: readonly { readonly account_id: string; readonly notices: number }[]
  readonly pauses: number
  /** Calls of any kind while Meta was away or refused the whole app. */
  readonly callsInTrouble: number
  readonly expired: number
}

/**
 * A year of connections in minutes: the clock of server and simulator run forward in steps, workers are killed at random,
 * Meta is away for six hours twice, refuses the whole app once, and three in a hundred people remove the app.
 */
export async function liveThroughYear(options: YearOptions): Promise<Year> {
  await using stage = await openStage(options)
  const { say } = options
  const random = seededRandom(options.seed)
  const accounts = await connectEverybody(stage, options)
  say(`${accounts.length} connections`)
  const steps = Math.ceil(365 / options.stepDays)
  const pick = (count: number): Set<number> => {
    const picked = new Set<number>()
    while (picked.size < Math.min(count, steps)) picked.add(Math.floor(random.fraction() * steps))
    return picked
  }
  const killAt = pick(options.kills)
  const revoked: string[] = []
  const leaving = accounts.filter(() => random.fraction() < 0.03)
  // A run without anybody who leaves would prove less.
  if (leaving.length === 0) leaving.push(accounts[0] ?? '')
  const leaveAt = new Map(
    leaving.map((key) => [key, 1 + Math.floor(random.fraction() * (steps - 1))]),
  )
  let callsInTrouble = 0
  const trouble = [Math.floor(steps * 0.25), Math.floor(steps * 0.5), Math.floor(steps * 0.75)]
  for (let step = 0; step < steps; step += 1) {
    for (const [key, at] of leaveAt) {
      if (at !== step) continue
      await stage.simulator.post('/tokens/revoke', { account: key, subcode: 458 })
      revoked.push(key)
    }
    if (trouble.includes(step)) {
      const error = step === trouble[1] ? { code: 101 } : 'drop-before'
      callsInTrouble += await stage.sixBadHours(error, options.stepDays * DAY_MS)
    } else {
      await stage.move(options.stepDays * DAY_MS)
    }
    if (killAt.has(step)) await stage.killOne(random.fraction())
    await stage.quiet()
    if (step % 10 === 0)
      say(`day ${step * options.stepDays}: ${JSON.stringify(await stage.byStatus())}`)
  }
  return { ...(await stage.judge()), connections: accounts.length, revoked, callsInTrouble }
}

async function openStage(options: YearOptions) {
  await using owned = new AsyncDisposableStack()
  const folder = owned.use(workFolder()).path
  const database = owned.use(await emptyDatabase())
  const ports = { web: String(await freePort()), box: String(await freePort()) }
  const simulator = new SimulatorClient(`http://127.0.0.1:${ports.box}`)
  const url = `http://localhost:${ports.web}`
  const env = {
    ...liveSettings(),
    FACEBOOK_APP_ID: '2780000000000044',
    FACEBOOK_APP_SECRET: 'the-secret-of-the-meta-app-in-this-year',
    DATABASE_URL: database.url,
    PARLEY_URL: url,
    PORT: ports.web,
    SIMULATOR_PORT: ports.box,
    ...metaUrls(simulator.url),
  }
  const start = async (...args: string[]): Promise<Parley> =>
    await spawnParley({ folder, args, env })
  const box = owned.use(await start('simulator'))
  const web = owned.use(await start('web', '--test-clock'))
  await web.ready()
  await simulator.ready()
  const workers: Parley[] = []
  owned.defer(async () => {
    for (const worker of workers) await worker[Symbol.asyncDispose]()
  })
  for (let n = 0; n < options.workers; n += 1) workers.push(await start('worker', '--test-clock'))
  const db = new Client({ connectionString: database.url })
  await db.connect()
  owned.defer(async () => await db.end())

  const clockFile = join(folder, '.parley/clock-offset')
  mkdirSync(join(folder, '.parley'), { recursive: true })
  let offsetMs = 0
  let refreshesAtMeta = 0
  let kills = 0
  const now = (): Date => new Date(Date.now() + offsetMs)
  const one = async <Row>(text: string, values: unknown[] = []): Promise<Row> =>
    (await db.query(text, values)).rows[0] as Row

  /** Meta's first, so that no token is younger there than here. */
  const move = async (ms: number): Promise<void> => {
    offsetMs += ms
    await simulator.post('/clock', { nowMs: now().getTime() })
    writeFileSync(clockFile, String(offsetMs))
  }
  const countCalls = async (): Promise<number> => {
    const { calls } = await simulator.get<{ calls: { path: string; status: number | null }[] }>(
      '/calls',
    )
    // The simulator keeps the newest twenty thousand.
    if (calls.length >= 20_000) throw new Error('more calls than can be counted in one step')
    const refreshes = calls.filter(({ path }) => path.includes('refresh_access_token'))
    refreshesAtMeta += refreshes.filter(({ status }) => status === 200).length
    await simulator.remove('/calls')
    return calls.length
  }
  /** Nothing is due, nothing is held: every worker has done what the moved clock brought. */
  const quiet = async (): Promise<number> => {
    let least = Number.POSITIVE_INFINITY
    let deadline = 0
    for (;;) {
      const { busy } = await one<{ busy: number }>(BUSY, [now()])
      if (busy === 0) return await countCalls()
      if (busy < least) {
        least = busy
        deadline = performance.now() + PROGRESS_WITHIN_MS
      }
      if (performance.now() > deadline) throw new Error(`${busy} grants are still due or held`)
      await sleep(50)
    }
  }
  const owner = owned.move()
  return {
    simulator,
    api: new ApiClient(web.url, env.PARLEY_API_KEY),
    move,
    quiet,
    /** @returns how many calls were made meanwhile. */
    async sixBadHours(error: unknown, beforeMs: number): Promise<number> {
      await simulator.post('/faults', { times: 1_000_000, error })
      // Whatever became due since the last step meets the trouble.
      await move(beforeMs)
      let asked = 0
      for (let hour = 0; hour < 6; hour += 1) {
        await move(HOUR_MS)
        // Long enough for every worker's look at the clock; what is due stays due.
        await sleep(2_500)
        asked += await countCalls()
      }
      await simulator.remove('/faults')
      await move(HOUR_MS)
      return asked
    },
    /** In the middle of whatever it does. */
    async killOne(when: number): Promise<void> {
      await sleep(when * 1_500)
      const n = Math.floor(when * workers.length)
      workers[n]?.kill('SIGKILL')
      await workers[n]?.exited()
      kills += 1
      workers[n] = await start('worker', '--test-clock')
    },
    async byStatus(): Promise<Record<string, number>> {
      const { rows } = await db.query<{ status: string; n: string }>(
        'select status, count(*) as n from connections group by status',
      )
      return Object.fromEntries(rows.map(({ status, n }) => [status, Number(n)]))
    },
    async judge() {
      const audit = 'select count(*)::int as n from audit_log where action ='
      const stored = await one<{ n: number }>(`${audit} 'token.refreshed'`)
      const pauses = await one<{ n: number }>(`${audit} 'app.paused'`)
      const twice = await one<{ n: number }>(TWICE)
      const expired = await one<{ n: number }>(EXPIRED, [now()])
      const lost = await db.query<{ account_id: string; notices: number }>(LOST)
      return {
        kills,
        refreshesAtMeta,
        refreshesStored: stored.n,
        refreshedTwice: twice.n,
        pauses: pauses.n,
        expired: expired.n,
        byStatus: await this.byStatus(),
        lost: lost.rows,
      }
    },
    async [Symbol.asyncDispose]() {
      await owner.disposeAsync()
      void box
    },
  }
}

type Stage = Awaited<ReturnType<typeof openStage>>

async function connectEverybody(stage: Stage, options: YearOptions): Promise<string[]> {
  const { api, simulator } = stage
  await simulator.post('/switches', { accountsPageMax: 100, echo: 'off' })
  await api.take('PUT', '/v1/tenants/year', { name: 'A year' })
  const make = async (count: number, behindPages: boolean) =>
    (
      await simulator.post<{ accounts: { key: string; pageId: string | null }[] }>('/accounts', {
        count,
        behindPages,
      })
    ).accounts
  const waiting = [
    ...(await make(options.instagram, false)),
    ...(await make(options.facebook, true)),
  ]
  const keys = waiting.map(({ key }) => key)
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const next = one
      await patiently(
        async () =>
          await connectAccount({ api, simulator }, 'year', next.key, next.pageId ?? undefined),
      )
    }
  }
  await Promise.all(Array.from({ length: 6 }, work))
  return keys
}

/** So many people from one address are asked to wait. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes(' 429 ')) throw error
      await sleep(1_000)
    }
  }
}

/** Due or held, of apps that are not paused; and apps whose pause is over. */
const BUSY = `
  select ((select count(*) from grants g left join meta_apps a on a.app_id = g.app_id
      where g.status = 'active' and (
        g.lease_until > clock_timestamp()
        or a.open_until is null and (g.retry_at is null or g.retry_at <= $1)
          and (g.next_refresh_at <= $1 or g.next_check_at <= $1)))
    + (select count(*) from meta_apps where open_until <= $1))::int as busy`

const TWICE = `
  select count(*)::int as n from (
    select at - lag(at) over (partition by detail ->> 'grant' order by at) as gap
    from audit_log where action = 'token.refreshed') gaps
  where gap < interval '29 days'`

/** Alive by its status, dead by its date. */
const EXPIRED = `
  select count(*)::int as n from grants where status = 'active' and expiry = 'known' and expires_at <= $1`

const LOST = `
  select c.account_id, count(n.id)::int as notices
  from alerts a join connections c on c.id = a.connection_id left join notices n on n.alert_id = a.id
  where a.kind = 'connection_lost' group by c.id, c.account_id order by c.account_id`
