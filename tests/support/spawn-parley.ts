import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const program = resolve('apps/server/src/main.ts')
const READY_MS = 60_000

/** A `parley` command in a process of its own, as a person would start it. */
export type Parley = AsyncDisposable & {
  readonly child: ChildProcess
  readonly url: string
  /** Everything it printed, both streams. */
  printed(): string
  /** @returns the exit code; null when a signal ended it. */
  exited(): Promise<number | null>
  /** Until `/readyz` is 200. @throws Error with what was printed when it ends before. */
  ready(): Promise<void>
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void
}

/** An empty folder to work in, gone with the test; whatever still runs on it is ended first. */
export function workFolder(): AsyncDisposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'parley-flow-'))
  return {
    path,
    async [Symbol.asyncDispose]() {
      await endPostgres(path)
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

/** Only what is given is in its environment: no setting of the machine, no `.env`. */
export async function spawnParley(options: {
  folder: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
}): Promise<Parley> {
  const port = options.env?.['PORT'] ?? String(await freePort())
  const env = { PATH: process.env['PATH'] ?? '', PORT: port, ...options.env }
  const child = spawn(process.execPath, [program, ...options.args], { cwd: options.folder, env })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  }
  const exit = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null))
  const url = `http://127.0.0.1:${port}`
  return {
    child,
    url,
    printed: () => text,
    exited: async () => await exit,
    async ready() {
      const deadline = performance.now() + READY_MS
      while (performance.now() < deadline) {
        if (child.exitCode !== null) break
        if ((await statusOf(`${url}/readyz`)) === 200) return
        await sleep(50)
      }
      throw new Error(`parley ${options.args.join(' ')} did not become ready:\n${text}`)
    },
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exit
    },
  }
}

/** 0 when nobody answers. */
export async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    await response.arrayBuffer()
    return response.status
  } catch {
    // Refused, cut or late: nobody answers.
    return 0
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** The pid of the embedded server of `<folder>/.parley`, while it runs. */
export function postgresPid(folder: string): number | undefined {
  try {
    const file = join(folder, '.parley/postgres/postmaster.pid')
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
    const isOurs = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
    return isOurs ? pid : undefined
  } catch {
    // No file, or no such process.
    return undefined
  }
}

async function endPostgres(folder: string): Promise<void> {
  const pid = postgresPid(folder)
  if (pid === undefined) return
  process.kill(pid, 'SIGQUIT')
  for (let n = 0; n < 200 && postgresPid(folder) !== undefined; n += 1) await sleep(50)
}
