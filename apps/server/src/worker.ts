import { accessTasks } from '#access/tasks.ts'
import { copyDefaultAutomation } from '#automation/copy-default-automation.ts'
import { connectTasks } from '#connect/tasks.ts'
import { ProfileReader } from '#conversations/profile-reader.ts'
import { conversationTasks } from '#conversations/tasks.ts'
import { StatisticsKeeper } from '#operating/statistics-keeper.ts'
import { startJobs } from '#ports/jobs.ts'
import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'
import { LaneRunner } from '#replies/lane-runner.ts'
import { settleByEcho } from '#replies/settle-by-echo.ts'
import { DeliveryIngester } from '#webhooks/delivery-ingester.ts'
import { MissingLineReader } from '#webhooks/missing-line-reader.ts'
import { webhookTasks } from '#webhooks/tasks.ts'

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
  const slices: readonly SliceTasks[] = [
    accessTasks(ports),
    connectTasks(ports, {
      onFirstConnect: async (db, connection) => await copyDefaultAutomation(ports, db, connection),
    }),
    conversationTasks(ports),
    webhookTasks(ports),
  ]
  const jobs = await startJobs({
    url: options.databaseUrl,
    concurrency: JOB_CONCURRENCY,
    tasks: Object.fromEntries(slices.flatMap(({ tasks }) => Object.entries(tasks))),
    cron: slices.flatMap(({ cron }) => cron),
    log: ports.log,
  })
  const loops: readonly AsyncDisposable[] = [
    new DeliveryIngester(ports, async (db, echo) => await settleByEcho(ports, db, echo)),
    await LaneRunner.start(ports),
    new ProfileReader(ports),
    new MissingLineReader(ports),
    new StatisticsKeeper(ports),
  ]
  return {
    async stop() {
      await Promise.all([
        jobs.stop(),
        ...loops.map(async (loop) => await loop[Symbol.asyncDispose]()),
      ])
    },
  }
}
