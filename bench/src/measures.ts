import { pause } from '#child.ts'
import { findViolations } from '#checker.ts'
import type { Violation } from '#checker.ts'
import type { Running } from '#contenders.ts'
import { lineOf, tokensIn } from '#line.ts'
import type { LinePlan } from '#line.ts'
import { runLoadProcess } from '#load-client.ts'
import type { LoadJob, LoadResult } from '#load.ts'
import { monotonicMs } from '#monotonic.ts'
import { cpuMs, forgetPeak, peakResidentMb } from '#process-stats.ts'
import type { StandInProcess, StandInRecord } from '#stand-in-client.ts'
import { sentLines } from '#sent-lines.ts'
import { percentile } from '#statistics.ts'
import { APP_SECRET } from '#world.ts'

/** No progress for this long means that nothing more is coming. */
const STILL_MS = 12_000
const VISIBLE_GIVE_UP_MS = 20_000

export type Acks = {
  readonly perSecond: number
  /** Of a processor, while the load ran: near 1 for one that is the bottleneck itself. */
  readonly processors: number
}

export type Replies = {
  readonly perSecond: number
  readonly acksPerSecond: number
  readonly cpuMsPerMessage: number
  readonly peakMb: number
  readonly lines: number
  readonly violations: readonly Violation[]
}

export type Latency = {
  readonly lines: number
  readonly ackP50: number
  readonly ackP99: number
  readonly replyP50: number
  readonly replyP99: number
  /** How late the generator itself was. */
  readonly latenessP99: number
  readonly violations: readonly Violation[]
}

/** 64 connections, the next line after the 200, automation off. */
export async function measureAcks(on: Running, plan: LinePlan, forMs: number): Promise<Acks> {
  const before = cpuMs(on.pids())
  const result = await runLoadProcess({
    ...jobFor(on, plan),
    count: Math.ceil((forMs / 1_000) * 70_000),
    forMs,
    pace: { kind: 'closed', connections: 64, next: 'ack' },
  })
  // Building the requests comes before the clock and costs the contender nothing.
  const processors = (cpuMs(on.pids()) - before) / (result.endedAtMs - result.startedAtMs)
  await untilIdle(on)
  return { perSecond: ackRate(result), processors }
}

/**
 * 64 connections with answers on.
 *
 * @param next 'reply': a connection sends its next line when the last is answered, so 64 are under way. 'ack': when it is
 * acknowledged; lines then pile up, and the rate is of all lines until the last answer.
 */
export async function measureReplies(
  on: Running,
  standIn: StandInProcess,
  plan: LinePlan,
  options: { next: 'ack' | 'reply'; count: number; forMs: number },
): Promise<Replies> {
  const pids = on.pids()
  forgetPeak(pids)
  const before = cpuMs(pids)
  const visibleAt = `${standIn.url}/control/visible`
  const next = options.next === 'ack' ? 'ack' : { visibleAt, giveUpMs: VISIBLE_GIVE_UP_MS }
  const result = await runLoadProcess({
    ...jobFor(on, plan),
    count: options.count,
    forMs: options.forMs,
    pace: { kind: 'closed', connections: 64, next },
  })
  const record = await drained(standIn, result)
  const covered = record.shown.flatMap(({ text }) => tokensIn(text)).length
  const lastMs = record.shown.at(-1)?.atMs ?? Number.NaN
  return {
    perSecond: (covered / (lastMs - result.startedAtMs)) * 1_000,
    acksPerSecond: ackRate(result),
    cpuMsPerMessage: (cpuMs(pids) - before) / covered,
    peakMb: peakResidentMb(pids),
    lines: result.sent,
    violations: await judged(standIn, plan, result, record),
  }
}

/** Lines at fixed times, whatever the server does; the first second's are a warm-up and not counted. */
export async function measureLatency(
  on: Running,
  standIn: StandInProcess,
  plan: LinePlan,
  options: { perSecond: number; forMs: number },
): Promise<Latency> {
  const result = await runLoadProcess({
    ...jobFor(on, plan),
    count: Math.ceil((options.forMs / 1_000) * options.perSecond),
    forMs: options.forMs,
    pace: { kind: 'open', perSecond: options.perSecond, connectionsMax: 256 },
  })
  const record = await drained(standIn, result)
  const shownAt = new Map<string, number>()
  for (const { text, atMs } of record.shown) {
    for (const token of tokensIn(text)) shownAt.set(token, atMs)
  }
  const counted = Array.from({ length: result.sent }, (_, n) => n).slice(options.perSecond)
  const due = (n: number): number => result.dueAtMs[n] ?? Number.NaN
  const acks = counted.map((n) => missingIsForever((result.ackedAtMs[n] ?? Number.NaN) - due(n)))
  const replies = counted.map((n) => {
    const { token } = lineOf(plan, n)
    return missingIsForever((shownAt.get(token) ?? Number.NaN) - due(n))
  })
  return {
    lines: counted.length,
    ackP50: percentile(acks, 0.5),
    ackP99: percentile(acks, 0.99),
    replyP50: percentile(replies, 0.5),
    replyP99: percentile(replies, 0.99),
    latenessP99: percentile(
      counted.map((n) => (result.sentAtMs[n] ?? 0) - due(n)),
      0.99,
    ),
    violations: await judged(standIn, plan, result, record),
  }
}

function jobFor(
  on: Running,
  plan: LinePlan,
): Pick<LoadJob, 'target' | 'secret' | 'plan' | 'first'> {
  return { target: on.target, secret: APP_SECRET, plan, first: 0 }
}

function ackRate(result: LoadResult): number {
  let acked = 0
  let lastMs = result.startedAtMs
  for (const atMs of result.ackedAtMs) {
    if (Number.isNaN(atMs)) continue
    acked += 1
    lastMs = Math.max(lastMs, atMs)
  }
  return (acked / (lastMs - result.startedAtMs)) * 1_000
}

/** A line that never came counts as infinitely late, not as absent. */
function missingIsForever(ms: number): number {
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms
}

async function judged(
  standIn: StandInProcess,
  plan: LinePlan,
  result: LoadResult,
  record: StandInRecord,
): Promise<Violation[]> {
  await standIn.clear()
  return findViolations({ lines: sentLines(plan, result), replies: record.shown })
}

/** Waits until every acknowledged line is answered, or nothing more comes. */
async function drained(standIn: StandInProcess, result: LoadResult): Promise<StandInRecord> {
  const acked = result.ackedAtMs.filter((atMs) => !Number.isNaN(atMs)).length
  let tokens = -1
  let movedAtMs = monotonicMs()
  while (monotonicMs() - movedAtMs < STILL_MS) {
    const progress = await standIn.progress()
    if (progress.tokens >= acked) break
    if (progress.tokens !== tokens) movedAtMs = monotonicMs()
    tokens = progress.tokens
    await pause(100)
  }
  return await standIn.record()
}

/** A server may still be working on what it acknowledged. */
export async function untilIdle(on: Running, withinMs = 60_000): Promise<void> {
  const deadline = monotonicMs() + withinMs
  while (monotonicMs() < deadline) {
    const before = cpuMs(on.pids())
    await pause(500)
    if (cpuMs(on.pids()) - before <= 30) return
  }
}
