import { spawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { once } from 'node:events'

const STOP_AFTER_MS = 15_000
const OUTPUT_KEPT = 20_000

export type Child = AsyncDisposable & {
  readonly pid: number
  /** What it wrote last, both streams. */
  output(): string
  /** Resolves with the first stdout line that matches. Rejects when the process ends before, or after 60 s. */
  line(pattern: RegExp): Promise<RegExpExecArray>
  exited(): boolean
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>
}

const alive = new Set<ChildProcess>()

/** Nothing outlives this process: not when it is interrupted, not when it fails. */
function killAll(): void {
  for (const child of alive) child.kill('SIGKILL')
}

function keepWatch(child: ChildProcess): void {
  if (alive.size === 0 && process.listenerCount('exit', killAll) === 0) {
    // Before the removal of the directories they write to.
    process.prependListener('exit', killAll)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => process.exit(1))
    }
  }
  alive.add(child)
  child.once('exit', () => alive.delete(child))
}

/** Starts a program that is stopped (SIGTERM, in the end SIGKILL) when its scope is left. Only its own pid is signalled. */
export function startChild(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>,
): Child {
  const child: ChildProcess = spawn(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  keepWatch(child)
  let output = ''
  const listeners = new Set<() => void>()
  const hear = (chunk: string): void => {
    output = (output + chunk).slice(-OUTPUT_KEPT)
    for (const listener of listeners) listener()
  }
  child.stdout?.setEncoding('utf8').on('data', hear)
  child.stderr?.setEncoding('utf8').on('data', hear)
  child.on('error', (error) => hear(`${error.message}\n`))
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const exited = (): boolean => child.exitCode !== null || child.signalCode !== null
  return {
    get pid() {
      return child.pid ?? 0
    },
    output: () => output,
    exited,
    async line(pattern) {
      return await new Promise((resolve, reject) => {
        const fail = (why: string): void => {
          clearTimeout(timer)
          reject(new Error(`${command} ${args.join(' ')}: ${why}\n${output}`))
        }
        const timer = setTimeout(() => fail('not ready after 60 s'), 60_000)
        const look = (): void => {
          const found = pattern.exec(output)
          if (found === null) return
          clearTimeout(timer)
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        child.once('exit', () => fail('ended early'))
        child.once('error', () => fail('did not start'))
        if (exited()) fail('ended early')
        look()
      })
    },
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async [Symbol.asyncDispose]() {
      if (exited() || child.pid === undefined) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_AFTER_MS)
      await gone
      clearTimeout(timer)
    },
  }
}

/** A program of this package, in a process of its own. */
export function startOwn(file: string, environment: Readonly<Record<string, string>>): Child {
  const path = new URL(file, import.meta.url).pathname
  return startChild(process.execPath, [path], { env: { ...inherited(), ...environment } })
}

/** What a child needs of this process's environment; no setting of Parley leaks from a developer's shell. */
export function inherited(): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of ['PATH', 'HOME', 'LANG', 'TMPDIR']) {
    const value = process.env[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
