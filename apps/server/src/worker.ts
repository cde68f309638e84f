import { startJobs } from '#ports/jobs.ts'
import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'

/** Something that works until it is stopped, and hands back what it holds when it is. */
export interface Loop {
  stop(): Promise<void>
}

/** Jobs are network calls that wait; a message's way does not go through them. */
const JOB_CONCURRENCY = 4

/** Starts every loop and every job of this process. Any number of processes may do so over one database. */
export async function startWorker(
  ports: Ports,
  options: { readonly databaseUrl: string },
): Promise<Loop> {
  const slices: readonly SliceTasks[] = []
  const jobs = await startJobs({
    url: options.databaseUrl,
    concurrency: JOB_CONCURRENCY,
    tasks: Object.fromEntries(slices.flatMap(({ tasks }) => Object.entries(tasks))),
    cron: slices.flatMap(({ cron }) => cron),
    log: ports.log,
  })
  const loops: readonly Loop[] = [jobs]
  return {
    async stop() {
      await Promise.all(loops.map(async (loop) => await loop.stop()))
    },
  }
}
