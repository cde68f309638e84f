import { NOTICES_PAUSE_MS, sendNotices } from '#alerts/send-notices.ts'
import { planDigests } from '#alerts/plan-digests.ts'
import { DIGESTS_PAUSE_MS, sendDigests } from '#alerts/send-digests.ts'
import { watchMeasures, WATCH_PAUSE_MS } from '#alerts/watch-measures.ts'
import { findOwnerMails } from '#access/find-owner-mails.ts'
import { accessTasks } from '#access/tasks.ts'
import { CHAIN_PAUSE_MS, chainAudit } from '#audit/chain-audit.ts'
import { copyDefaultAutomation } from '#automation/copy-default-automation.ts'
import { makeReconnectLink } from '#connect/make-reconnect-link.ts'
import { connectTasks } from '#connect/tasks.ts'
import { keepConnections } from '#connections/keep-connections.ts'
import { connectionTasks } from '#connections/tasks.ts'
import { PROFILES_PAUSE_MS, readProfiles } from '#conversations/read-profiles.ts'
import { conversationTasks } from '#conversations/tasks.ts'
import { EventDispatcher } from '#host-events/event-dispatcher.ts'
import { ENDPOINTS_PAUSE_MS, renewEndpoints } from '#host-events/renew-endpoints.ts'
import { hostEventTasks } from '#host-events/tasks.ts'
import { readDigest } from '#operating/read-digest.ts'
import { writeDigest } from '#operating/write-digest.ts'
import { renewStatistics, STATISTICS_PAUSE_MS } from '#operating/renew-statistics.ts'
import { startJobs } from '#ports/jobs.ts'
import type { SliceTasks } from '#ports/jobs.ts'
import { openMail } from '#ports/mail.ts'
import type { Ports } from '#ports/ports.ts'
import { repeat } from '#ports/repeat.ts'
import { repeatByClock } from '#ports/repeat-by-clock.ts'
import { carryOutErasures, ERASURES_PAUSE_MS } from '#privacy/carry-out-erasures.ts'
import { privacyTasks } from '#privacy/tasks.ts'
import { LaneRunner } from '#replies/lane-runner.ts'
import { settleByEcho } from '#replies/settle-by-echo.ts'
import { DeliveryIngester } from '#webhooks/delivery-ingester.ts'
import { MISSING_LINES_PAUSE_MS, readMissingLines } from '#webhooks/read-missing-lines.ts'
import { webhookTasks } from '#webhooks/tasks.ts'

/** Something that works until it is stopped, and hands back what it holds when it is. */
export interface Loop {
  stop(): Promise<void>
}

type Warn = (what: string) => (error: unknown) => void

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
    connectionTasks(ports),
    conversationTasks(ports),
    hostEventTasks(ports),
    webhookTasks(ports),
    privacyTasks(ports),
  ]
  const jobs = await startJobs({
    url: options.databaseUrl,
    concurrency: JOB_CONCURRENCY,
    tasks: Object.fromEntries(slices.flatMap(({ tasks }) => Object.entries(tasks))),
    cron: slices.flatMap(({ cron }) => cron),
    metrics: ports.metrics,
    log: ports.log,
  })
  const warn: Warn = (what) => (error) =>
    ports.log.warn({ err: error }, `${what}: this round failed, the next one tries again`)
  const runner = await LaneRunner.start(ports)
  const ingester = new DeliveryIngester(ports, {
    settleByEcho: async (db, echo) => await settleByEcho(ports, db, echo),
    beginAnswers: () => runner.beginAnswers(),
  })
  const loops: readonly AsyncDisposable[] = [
    repeat(CHAIN_PAUSE_MS, async () => await chainAudit(ports), warn('audit chain')),
    keepConnections(ports, warn('refreshes')),
    ...startAlerts(ports, warn),
    repeat(PROFILES_PAUSE_MS, async () => await readProfiles(ports), warn('profiles')),
    repeat(
      MISSING_LINES_PAUSE_MS,
      async () => await readMissingLines(ports),
      warn('missing lines'),
    ),
    repeat(ERASURES_PAUSE_MS, async () => await carryOutErasures(ports), warn('erasures')),
    new EventDispatcher(ports, async (connection) => await makeReconnectLink(ports, connection)),
    repeat(ENDPOINTS_PAUSE_MS, async () => await renewEndpoints(ports), warn('host endpoints')),
    // A role that may not, or a database that is away: plans stay as they were.
    repeat(STATISTICS_PAUSE_MS, async () => await renewStatistics(ports), warn('statistics')),
  ]
  return {
    async stop() {
      // What it decides, the runner sends.
      const messages = async (): Promise<void> => {
        await ingester[Symbol.asyncDispose]()
        await runner[Symbol.asyncDispose]()
      }
      await Promise.all([
        jobs.stop(),
        messages(),
        ...loops.map(async (loop) => await loop[Symbol.asyncDispose]()),
      ])
    },
  }
}

/** What a person must know: the watch, and the mails. */
function startAlerts(ports: Ports, warn: Warn): readonly AsyncDisposable[] {
  const mail = openMail(ports.config.smtp)
  const findOwnMails = async () => await findOwnerMails(ports)
  return [
    repeat(
      NOTICES_PAUSE_MS,
      async () =>
        await sendNotices(
          ports,
          mail,
          async (connection) => await makeReconnectLink(ports, connection),
          findOwnMails,
        ),
      warn('mails'),
    ),
    repeatByClock(
      ports.clock,
      DIGESTS_PAUSE_MS,
      async () => {
        await planDigests(ports)
        await sendDigests(
          ports,
          mail,
          async (of) => await writeDigest(await readDigest(ports, of)),
          findOwnMails,
        )
      },
      warn('digests'),
    ),
    repeatByClock(
      ports.clock,
      WATCH_PAUSE_MS,
      async () => await watchMeasures(ports),
      warn('alerts'),
    ),
  ]
}
