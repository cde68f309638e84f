import { setTimeout as sleep } from 'node:timers/promises'
import { Logger, run, runMigrations } from 'graphile-worker'
import type { Runner, RunnerOptions, Task } from 'graphile-worker'
import { Pool } from 'pg'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { withoutSessionName } from './without-session-name.ts'

/** Jobs that are not on a message's way: refresh, sync, clean-up. A job may run twice. */
export type JobTasks = Readonly<
  Record<string, (payload: unknown, signal: AbortSignal) => Promise<void>>
>

/** `pattern` is a crontab line's five fields, UTC. */
export type CronEntry = { readonly task: string; readonly pattern: string }

/** What a slice's `tasks.ts` gives to `worker.ts`. */
export type SliceTasks = { readonly tasks: JobTasks; readonly cron: readonly CronEntry[] }

export interface JobRunner {
  /** Waits for the jobs in hand; what does not finish in time is given back and runs again elsewhere. */
  stop(): Promise<void>
}

const POLL_MS = 2_000
const STOP_WAIT_MS = 4_000
const RESTART_MS = 1_000

/** Makes or upgrades the queue's own tables (schema `graphile_worker`). */
export async function migrateJobs(url: string): Promise<void> {
  const pool = openPool(url, { name: 'parley migrate', max: 2 }, () => undefined)
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => undefined) })
  } finally {
    await pool.end()
  }
}

/**
 * The library's own pool would end the process when the database leaves just as it stops: nobody listens any more then.
 */
function openPool(
  url: string,
  { name, max }: { readonly name: string; readonly max: number },
  onError: (error: Error) => void,
): Pool {
  const connectionString = withoutSessionName(url)
  const pool = new Pool({ connectionString, application_name: name, max })
  pool.on('error', onError)
  // While a client is in somebody's hands the pool does not listen to it.
  pool.on('connect', (client) => void client.on('error', onError))
  return pool
}

/**
 * Any number of processes may run jobs over one database; each job and each cron time runs once. The runner gives up
 * when the database goes away, so it is started again until we are stopped.
 */
export async function startJobs(options: {
  url: string
  concurrency: number
  tasks: JobTasks
  cron: readonly CronEntry[]
  metrics: Pick<Metrics, 'jobs'>
  log: Log
}): Promise<JobRunner> {
  for (const task of Object.keys(options.tasks)) {
    for (const result of ['done', 'failed'] as const) options.metrics.jobs.add(0, { task, result })
  }
  const stopping = new AbortController()
  const pool = openPool(
    options.url,
    { name: 'parley jobs', max: options.concurrency + 2 },
    (error) => options.log.warn({ err: error }, 'a job connection broke'),
  )
  const start = async (): Promise<Runner> => await run(runnerOptions(options, pool))
  let runner: Runner | undefined
  try {
    runner = await start()
  } catch (error) {
    await pool.end()
    throw error
  }

  const keepRunning = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        runner ??= await start()
        await runner.promise
      } catch (error) {
        options.log.warn({ err: error }, 'the job runner stopped')
      }
      if (stopping.signal.aborted) return
      runner = undefined
      await sleep(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const running = keepRunning()
  return {
    async stop() {
      stopping.abort()
      // It may have ended by itself a moment ago, and says so by refusing.
      await runner?.stop().catch(() => undefined)
      await running
      await pool.end()
    },
  }
}

function runnerOptions(options: Parameters<typeof startJobs>[0], pgPool: Pool): RunnerOptions {
  const { log, metrics } = options
  return {
    pgPool,
    concurrency: options.concurrency,
    // main.ts handles signals and stops everything in order.
    noHandleSignals: true,
    pollInterval: POLL_MS,
    gracefulShutdownAbortTimeout: STOP_WAIT_MS,
    taskList: Object.fromEntries(
      Object.entries(options.tasks).map(([name, task]): [string, Task] => [
        name,
        async (payload, helpers) => {
          try {
            await task(payload, helpers.abortSignal)
          } catch (error) {
            metrics.jobs.add(1, { task: name, result: 'failed' })
            throw error
          }
          metrics.jobs.add(1, { task: name, result: 'done' })
        },
      ]),
    ),
    crontab: options.cron.map(({ task, pattern }) => `${pattern} ${task}`).join('\n'),
    // Its texts quote errors of jobs, and those may quote what somebody wrote.
    logger: new Logger(() => (level) => {
      if (level === 'error') log.error({}, 'a job failed or the job queue has trouble')
    }),
  }
}
