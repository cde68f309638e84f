import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@parley/server/ports/embedded-postgres.ts'
import { silentLog } from '@parley/server/ports/log.ts'
import { hostReceiver } from '@parley/server/testing/host-receiver.ts'
import type { HostReceiver } from '@parley/server/testing/host-receiver.ts'
import { testMail } from '@parley/server/testing/test-mail.ts'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { Client } from 'pg'
import { ApiClient } from './api-client.ts'
import type { Answer } from './api-client.ts'
import type { Canaries } from './canaries.ts'
import { startRecordingProxy } from './recording-proxy.ts'
import type { RecordingProxy } from './recording-proxy.ts'
import { SimulatorClient } from './simulator-client.ts'
import { freePort, spawnParley, workFolder } from './spawn-parley.ts'
import type { Parley } from './spawn-parley.ts'

const PATIENCE_MS = 120_000

/** Calls our server and keeps the headers of what it answers. */
class HeardClient extends ApiClient {
  readonly #heard: string[]

  constructor(heard: string[], url: string, token?: string, headers?: Record<string, string>) {
    super(url, token, headers)
    this.#heard = heard
  }

  override async call(...asked: Parameters<ApiClient['call']>): Promise<Answer> {
    const answer = await super.call(...asked)
    this.#heard.push(...[...answer.headers].map(([name, value]) => `${name}: ${value}`))
    return answer
  }
}

type WatchedDatabase = {
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>
  /** Every row of every table as text, and which tables have none. */
  dump(): Promise<{ text: string; empty: string[] }>
  /** What the server wrote down of every statement, with its parameters. */
  statements(): string
}

/** A web and a worker process, everything they talk to, and all of it written down. */
export type Watched = AsyncDisposable & {
  readonly url: string
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly web: Parley
  readonly worker: Parley
  readonly api: HeardClient
  /** Somebody with this key or these headers; nobody without. */
  client(token?: string, headers?: Record<string, string>): HeardClient
  readonly simulator: SimulatorClient
  readonly meta: RecordingProxy
  readonly host: HostReceiver
  readonly mails: readonly { readonly raw: string }[]
  readonly database: WatchedDatabase
  /** Header lines of every answer of ours. */
  readonly answered: readonly string[]
  /** A command that ends by itself. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>
  /** Moves the time of Meta, then ours. */
  pass(ms: number): Promise<void>
  /** By the clock that `pass` moves. */
  now(): number
  /** Every file Parley keeps, as text; the database's own are read by SQL. */
  files(): string
}

export async function openWatched(canaries: Canaries): Promise<Watched> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(workFolder()).path
  const database = await openLoggingDatabase(stack, join(folder, 'server'))
  const ports = { web: String(await freePort()), box: String(await freePort()) }
  const simulator = new SimulatorClient(`http://127.0.0.1:${ports.box}`)
  const meta = stack.use(await startRecordingProxy(simulator.url))
  const host = stack.use(await hostReceiver())
  const mail = stack.use(await testMail())
  const url = `http://localhost:${ports.web}`
  const { INSTAGRAM_API_URL, INSTAGRAM_GRAPH_URL, FACEBOOK_GRAPH_URL } = metaUrls(meta.url)
  const smtp = new URL(mail.url)
  smtp.username = 'parley'
  smtp.password = canaries.make('smtp password')
  const masterKeys = ['first', 'second'].map(
    (name) => `${name}:${canaries.keep(`${name} master key`, canaryKey())}`,
  )
  const env = {
    PORT: ports.web,
    SIMULATOR_PORT: ports.box,
    DATABASE_URL: database.url,
    PARLEY_URL: url,
    PARLEY_HOST: '127.0.0.1',
    PARLEY_LOG_LEVEL: 'debug',
    PARLEY_SECRET: `${canaries.make('parley secret')},${canaries.make('parley secret before')}`,
    PARLEY_ENCRYPTION_KEYS: masterKeys.join(','),
    PARLEY_API_KEY: canaries.make('api key'),
    INSTAGRAM_APP_ID: '1780000000000011',
    INSTAGRAM_APP_SECRET: canaries.make('instagram app secret'),
    FACEBOOK_APP_ID: '1780000000000022',
    FACEBOOK_APP_SECRET: canaries.make('facebook app secret'),
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: canaries.make('verify token'),
    HOST_JWT_SECRET: canaries.make('host secret for its users'),
    HOST_PRIVATE_TARGETS: host.target,
    SMTP_URL: smtp.href,
    MAIL_FROM: 'parley@example.org',
    ...metaUrls(simulator.url),
    INSTAGRAM_API_URL,
    INSTAGRAM_GRAPH_URL,
    FACEBOOK_GRAPH_URL,
  }
  const spawn = async (args: readonly string[], changed: Readonly<Record<string, string>> = {}) =>
    await spawnParley({ folder, args, env: { ...env, ...changed } })
  const web = stack.use(await spawn(['web', '--test-clock']))
  await web.ready()
  const worker = stack.use(await spawn(['worker', '--test-clock']))
  stack.use(await spawn(['simulator']))
  await simulator.ready()

  const answered: string[] = []
  const client = (token?: string, headers?: Record<string, string>) =>
    new HeardClient(answered, url, token, headers)
  let offsetMs = 0
  const owned = stack.move()
  return {
    url,
    folder,
    env,
    web,
    worker,
    api: client(env.PARLEY_API_KEY),
    client,
    simulator,
    meta,
    host,
    mails: mail.mails,
    database,
    answered,
    async run(args, changed) {
      await using parley = await spawn(args, changed)
      // One that would go on trying is told to end.
      const patience = setTimeout(() => parley.kill('SIGTERM'), PATIENCE_MS)
      await parley.exited()
      clearTimeout(patience)
      return parley.printed()
    },
    now: () => Date.now() + offsetMs,
    async pass(ms) {
      offsetMs += ms
      await simulator.post('/clock', { nowMs: Date.now() + offsetMs })
      mkdirSync(join(folder, '.parley'), { recursive: true })
      writeFileSync(join(folder, '.parley/clock-offset'), String(offsetMs))
    },
    files: () => readFiles(folder, join(folder, 'server')),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}

const canaryKey = (): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')

/** A server of its own that writes every statement with its parameters into its log. */
async function openLoggingDatabase(
  stack: AsyncDisposableStack,
  folder: string,
): Promise<WatchedDatabase & { url: string }> {
  const server = await startEmbeddedPostgres({ folder, role: 'owner', log: silentLog })
  stack.defer(async () => await server.stop())
  const client = new Client({ connectionString: server.url })
  client.on('error', () => undefined)
  await client.connect()
  stack.defer(async () => await client.end())
  const query = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
    // The caller names the columns it selects.
    (await client.query(text, values)).rows as Row[]
  for (const [name, value] of [
    ['log_statement', 'all'],
    ['log_parameter_max_length', '-1'],
    ['log_parameter_max_length_on_error', '-1'],
    ['log_error_verbosity', 'verbose'],
    ['log_min_error_statement', 'debug5'],
    ['log_min_messages', 'debug1'],
  ] as const) {
    await query(`alter system set ${name} = '${value}'`)
  }
  await query('select pg_reload_conf()')
  return {
    url: server.url,
    query,
    async dump() {
      // Our own look at them is not a statement of theirs.
      await query('set log_statement = none')
      const tables = await query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables
          where schemaname not in ('pg_catalog', 'information_schema')`,
      )
      const rows: string[] = []
      const empty: string[] = []
      for (const { name } of tables) {
        const found = await query<{ row: string }>(`select t::text as row from ${name} t`)
        if (found.length === 0) empty.push(name)
        rows.push(...found.map(({ row }) => `${name} ${row}`))
      }
      return { text: rows.join('\n'), empty }
    },
    statements: () => readFileSync(join(folder, 'postgres.log'), 'utf8'),
  }
}

function readFiles(folder: string, except: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).startsWith(except))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return `${path}\n${readFileSync(path, 'latin1')}`
    })
    .join('\n')
}
