import { freePort, pause, startOwn } from '#child.ts'
import { bodyOf, lineOf, signatureOf } from '#line.ts'
import type { LinePlan } from '#line.ts'
import { monotonicMs } from '#monotonic.ts'
import { startParley } from '#parley.ts'
import type { ParleyHome, Shape } from '#parley.ts'
import { familyOf } from '#process-stats.ts'
import { RawConnection } from '#raw-connection.ts'
import type { Target } from '#request-slab.ts'
import type { StandInProcess } from '#stand-in-client.ts'
import { TOKEN_PREFIX } from '#stand-in/tokens.ts'
import { APP_SECRET } from '#world.ts'

export type ContenderName = 'parley' | 'bare' | 'naive'

/** A contender that is up: it has answered its first webhook. */
export type Running = AsyncDisposable & {
  readonly name: ContenderName
  readonly target: Target
  /** From the start of its process to its first 200. */
  readonly firstAckMs: number
  pids(): number[]
  /** What it wrote last. */
  output(): string
  kill(): Promise<void>
}

const FIRST_ACK_WITHIN_MS = 60_000

/** @param hello a fresh plan; its line 0 asks for the first answer. */
export async function runBare(hello: LinePlan): Promise<Running> {
  const port = await freePort()
  const startedAtMs = monotonicMs()
  const child = startOwn('./bare.ts', { PORT: String(port), BENCH_APP_SECRET: APP_SECRET })
  return await running('bare', port, startedAtMs, hello, {
    pids: () => familyOf(child.pid),
    kill: async () => await child.kill(),
    output: () => child.output(),
    exited: () => child.exited(),
    [Symbol.asyncDispose]: async () => await child[Symbol.asyncDispose](),
  })
}

export async function runNaive(
  hello: LinePlan,
  databaseUrl: string,
  standIn: StandInProcess,
): Promise<Running> {
  const port = await freePort()
  const startedAtMs = monotonicMs()
  const child = startOwn('./naive.ts', {
    PORT: String(port),
    BENCH_APP_SECRET: APP_SECRET,
    BENCH_TOKEN_PREFIX: TOKEN_PREFIX,
    DATABASE_URL: databaseUrl,
    ...standIn.settings,
  })
  return await running('naive', port, startedAtMs, hello, {
    pids: () => familyOf(child.pid),
    kill: async () => await child.kill(),
    output: () => child.output(),
    exited: () => child.exited(),
    [Symbol.asyncDispose]: async () => await child[Symbol.asyncDispose](),
  })
}

export async function runParley(hello: LinePlan, home: ParleyHome, shape: Shape): Promise<Running> {
  const startedAtMs = monotonicMs()
  const parley = startParley(home, shape)
  return await running('parley', home.target.port, startedAtMs, hello, {
    pids: () => parley.pids(),
    kill: async () => await parley.kill(),
    output: () => parley.children.map((child) => child.output()).join('\n'),
    exited: () => parley.children.some((child) => child.exited()),
    [Symbol.asyncDispose]: async () => await parley[Symbol.asyncDispose](),
  })
}

async function running(
  name: ContenderName,
  port: number,
  startedAtMs: number,
  hello: LinePlan,
  process: AsyncDisposable & {
    pids(): number[]
    kill(): Promise<void>
    output(): string
    exited(): boolean
  },
): Promise<Running> {
  const target = { host: '127.0.0.1', port, path: '/webhooks/instagram' }
  while (!(await acknowledges(target, hello))) {
    if (process.exited() || monotonicMs() - startedAtMs > FIRST_ACK_WITHIN_MS) {
      await process.kill()
      throw new Error(`${name} ended or acknowledged nothing within a minute\n${process.output()}`)
    }
    await pause(5)
  }
  return { ...process, name, target, firstAckMs: monotonicMs() - startedAtMs }
}

async function acknowledges(target: Target, hello: LinePlan): Promise<boolean> {
  const body = bodyOf(lineOf(hello, 0), Date.now())
  const request =
    `POST ${target.path} HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\nX-Hub-Signature-256: ${signatureOf(APP_SECRET, body)}\r\n\r\n${body}`
  const connection = new RawConnection(target, 5_000)
  const status = await new Promise<number>((resolve) => {
    connection.send(Buffer.from(request), resolve)
  })
  connection.close()
  return status === 200
}
