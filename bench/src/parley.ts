import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { freePort, inherited, pause, startChild } from '#child.ts'
import type { Child } from '#child.ts'
import { familyOf } from '#process-stats.ts'
import type { Target } from '#request-slab.ts'
import { makeScratch } from '#scratch.ts'
import { APP_ID, APP_SECRET, VERIFY_TOKEN } from '#world.ts'

/** `together`: one process does both. `apart`: one takes webhooks, one answers. `web`: nobody answers. */
export type Shape = 'together' | 'apart' | 'web'

const COMMANDS: Readonly<Record<Shape, readonly string[]>> = {
  together: ['start'],
  apart: ['web', 'worker'],
  web: ['web'],
}

export type ParleyHome = Disposable & {
  readonly url: string
  readonly apiKey: string
  readonly target: Target
  readonly settings: Readonly<Record<string, string>>
  readonly directory: string
}

export type Parley = AsyncDisposable & {
  readonly children: readonly Child[]
  /** Every process of the server. */
  pids(): number[]
  /** kill -9 for all. */
  kill(): Promise<void>
}

const MAIN = new URL('../../apps/server/src/main.ts', import.meta.url).pathname
const READY_WITHIN_MS = 60_000

/** An installation: its settings, its address and its data directory. They outlive the processes started in it. */
export async function makeParleyHome(given: {
  readonly databaseUrl: string
  /** The five host settings. */
  readonly metaUrls: Readonly<Record<string, string>>
}): Promise<ParleyHome> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const apiKey = randomBytes(24).toString('base64url')
  const scratch = makeScratch('parley-bench-')
  const directory = scratch.path
  return {
    url,
    apiKey,
    directory,
    target: { host: '127.0.0.1', port, path: '/webhooks/instagram' },
    settings: {
      ...given.metaUrls,
      DATABASE_URL: given.databaseUrl,
      PORT: String(port),
      PARLEY_URL: url,
      PARLEY_DATA_DIR: join(directory, 'data'),
      PARLEY_SECRET: randomBytes(32).toString('base64url'),
      PARLEY_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
      PARLEY_API_KEY: apiKey,
      INSTAGRAM_APP_ID: APP_ID,
      INSTAGRAM_APP_SECRET: APP_SECRET,
      INSTAGRAM_WEBHOOK_VERIFY_TOKEN: VERIFY_TOKEN,
    },
    [Symbol.dispose]() {
      scratch[Symbol.dispose]()
    },
  }
}

/** Starts the real program; does not wait until it is ready. */
export function startParley(home: ParleyHome, shape: Shape, flags: readonly string[] = []): Parley {
  const env = { ...inherited(), ...home.settings }
  const children = COMMANDS[shape].map((command) =>
    startChild(process.execPath, [MAIN, command, ...flags], { cwd: home.directory, env }),
  )
  return {
    children,
    pids: () => children.flatMap((child) => (child.exited() ? [] : familyOf(child.pid))),
    async kill() {
      await Promise.all(children.map(async (child) => await child.kill()))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map(async (child) => await child[Symbol.asyncDispose]()))
    },
  }
}

/** @throws Error with the program's output when it ends or stays unready. */
export async function untilReady(home: ParleyHome, parley: Parley): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  let last = ''
  while (performance.now() < deadline) {
    const ended = parley.children.find((child) => child.exited())
    if (ended !== undefined) throw new Error(`Parley ended while starting\n${ended.output()}`)
    try {
      const response = await fetch(`${home.url}/readyz`, { signal: AbortSignal.timeout(2_000) })
      last = `${response.status} ${await response.text()}`
      if (response.ok) return
    } catch (error) {
      last = String(error)
    }
    await pause(50)
  }
  const output = parley.children.map((child) => child.output()).join('\n')
  throw new Error(`Parley was not ready within a minute (${last})\n${output}`)
}
