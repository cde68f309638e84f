import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** What came of one check or one run of tests. */
export type Counts = { passed: number; failed: number; skipped: number; notRun: string[] }

export type Step = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

const COUNTS_MARK = '@counts '
/** Ends what hangs; a machine three times slower than usual needs less. */
const STEP_MS_MAX = 30 * 60_000
const KILL_WAIT_MS = 5_000

const running = new Set<ChildProcess>()

/** Runs a program to its end. Its output is shown when `show` says so, and always when it fails. */
export async function runStep(
  step: Step,
  show: 'always' | 'on-failure',
): Promise<{ ok: boolean; output: string; counts: Counts | undefined }> {
  const child = spawn(step.command, step.args, {
    cwd: step.cwd,
    env: { ...process.env, NO_COLOR: '1', ...step.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that all it started can be ended with it.
    detached: true,
  })
  running.add(child)
  const lines: string[] = []
  let rest = ''
  let counts: Counts | undefined
  const take = (chunk: string): void => {
    const parts = `${rest}${chunk}`.split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      // Written by our own reporter.
      if (line.startsWith(COUNTS_MARK))
        counts = JSON.parse(line.slice(COUNTS_MARK.length)) as Counts
      else if (show === 'always') process.stdout.write(`${line}\n`)
      else lines.push(line)
    }
  }
  child.stdout.setEncoding('utf8').on('data', take)
  child.stderr.setEncoding('utf8').on('data', take)
  const limit = setTimeout(() => endGroup(child, 'SIGKILL'), STEP_MS_MAX)
  const ended = once(child, 'close').catch((error: unknown) => [error])
  const [code] = await ended
  clearTimeout(limit)
  running.delete(child)
  take('\n')
  return { ok: code === 0, output: lines.join('\n').trim(), counts }
}

/** Ends whatever runs, with everything it started. */
export async function endSteps(): Promise<void> {
  const children = [...running]
  for (const child of children) endGroup(child, 'SIGTERM')
  const ends = children.map(async (child) => await once(child, 'close'))
  const late = new Promise((resolve) => setTimeout(resolve, KILL_WAIT_MS).unref())
  await Promise.race([Promise.all(ends), late])
  for (const child of children) endGroup(child, 'SIGKILL')
}

function endGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, signal)
}
