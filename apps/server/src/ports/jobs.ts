import { Logger, run, runMigrations } from 'graphile-worker'
import type { Task } from 'graphile-worker'
import type { Log } from '#ports/log.ts'

/** Jobs that are not on a message's way: refresh, sync, clean-up. A job may run twice. */
export type JobTasks = Readonly<
  Record<string, (payload: unknown, signal: AbortSignal) => Promise<void>>
>

/** `pattern` is a crontab line's five fields, UTC. */
export type CronEntry = { readonly task: string; readonly pattern: string }

export interface JobRunner {
  /** Waits for the jobs in hand; what does not finish in time is given back and runs again elsewhere. */
  stop(): Promise<void>
}

const POLL_MS = 2_000
const STOP_WAIT_MS = 5_000

/** Makes or upgrades the queue's own tables (schema `graphile_worker`). */
export async function migrateJobs(url: string): Promise<void> {
  await runMigrations({ connectionString: url, logger: new Logger(() => () => undefined) })
}

/** Any number of processes may run jobs over one database; each job and each cron time runs once. */
export async function startJobs(options: {
  url: string
  concurrency: number
  tasks: JobTasks
  cron: readonly CronEntry[]
  log: Log
}): Promise<JobRunner> {
  const { log } = options
  const runner = await run({
    connectionString: options.url,
    concurrency: options.concurrency,
    // main.ts handles signals and stops everything in order.
    noHandleSignals: true,
    pollInterval: POLL_MS,
    maxPoolSize: options.concurrency + 2,
    gracefulShutdownAbortTimeout: STOP_WAIT_MS,
    taskList: Object.fromEntries(
      Object.entries(options.tasks).map(([name, task]): [string, Task] => [
        name,
        async (payload, helpers) => {
          await task(payload, helpers.abortSignal)
        },
      ]),
    ),
    crontab: options.cron.map(({ task, pattern }) => `${pattern} ${task} ?fill=0s`).join('\n'),
    logger: new Logger(() => (level, message) => {
      if (level === 'error') log.error({}, message)
      else if (level === 'warning') log.warn({}, message)
    }),
  })
  return {
    async stop() {
      await runner.stop()
    },
  }
}
