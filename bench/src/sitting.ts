import { cpus, totalmem } from 'node:os'
import { pause } from '#child.ts'
import { describeViolations } from '#checker.ts'
import type { Violation } from '#checker.ts'
import { connectAccounts } from '#connect-accounts.ts'
import { runBare, runNaive, runParley } from '#contenders.ts'
import type { ContenderName, Running } from '#contenders.ts'
import type { Samples } from '#goals.ts'
import { freshPlan } from '#line.ts'
import { measureAcks, measureLatency, measureReplies, untilIdle } from '#measures.ts'
import { ECHO_AUTOMATION } from '#parley-api.ts'
import { makeParleyHome, startParley, untilReady } from '#parley.ts'
import type { ParleyHome, Shape } from '#parley.ts'
import { startPostgres } from '#postgres.ts'
import type { Postgres } from '#postgres.ts'
import { residentMb } from '#process-stats.ts'
import type { Sitting } from '#report.ts'
import { startStandInProcess } from '#stand-in-client.ts'
import type { StandInProcess } from '#stand-in-client.ts'
import { ANSWERING_WORLD, SILENT_WORLD } from '#world.ts'
import type { World } from '#world.ts'

export type SittingOptions = {
  readonly rounds: number
  readonly contenders: readonly ContenderName[]
  readonly shape: Shape
  readonly acksForMs: number
  readonly repliesForMs: number
  readonly piledUpLines: number
  readonly latencyForMs: number
  /** How long the stand-in takes for every answer. */
  readonly graphMs: number
}

export const FULL: SittingOptions = {
  rounds: 3,
  contenders: ['bare', 'parley', 'naive'],
  shape: 'together',
  acksForMs: 4_000,
  repliesForMs: 5_000,
  piledUpLines: 20_000,
  latencyForMs: 11_000,
  graphMs: 0,
}

export const QUICK: SittingOptions = {
  ...FULL,
  rounds: 1,
  acksForMs: 1_500,
  repliesForMs: 2_000,
  piledUpLines: 5_000,
  latencyForMs: 4_000,
}

type Place = {
  readonly options: SittingOptions
  readonly postgres: Postgres
  readonly standIn: StandInProcess
  readonly say: (text: string) => void
  readonly violations: Record<ContenderName, string[]>
  /** Processors the bare server had in each round. */
  readonly limits: number[]
}

/** One sitting: every contender in turn, `rounds` times over, on one PostgreSQL and one stand-in. */
export async function sit(options: SittingOptions, say: (text: string) => void): Promise<Sitting> {
  await using postgres = await startPostgres()
  await using standIn = await startStandInProcess()
  const violations: Place['violations'] = { parley: [], bare: [], naive: [] }
  const place: Place = { options, postgres, standIn, say, violations, limits: [] }
  const wants = (name: ContenderName): boolean => options.contenders.includes(name)
  const databaseUrl = await postgres.database('parley')
  using home = await makeParleyHome({ databaseUrl, metaUrls: standIn.settings })
  if (wants('parley')) {
    say('connecting 200 accounts through the login')
    await connectEverybody(home, standIn.url)
  }
  // Nobody works off what is stored here, so it is kept apart.
  const webUrl = await postgres.database('parley_web')
  using webHome = await makeParleyHome({ databaseUrl: webUrl, metaUrls: standIn.settings })
  if (wants('parley')) await migrate(webHome)
  const naiveUrl = await postgres.database('naive')
  const rounds: Record<ContenderName, Samples[]> = { parley: [], bare: [], naive: [] }
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`round ${round} of ${options.rounds}`)
    if (wants('bare')) rounds.bare.push(await roundOfBare(place))
    await postgres.checkpoint()
    if (wants('parley')) {
      const acksAlone = await acksOfWebAlone(place, webHome)
      await postgres.checkpoint()
      rounds.parley.push({ ...(await roundOfParley(place, home)), acksAlone })
    }
    await postgres.checkpoint()
    if (wants('naive')) {
      const running = await runNaive(freshPlan(SILENT_WORLD), naiveUrl, standIn)
      rounds.naive.push(await roundOfNaive(place, running))
    }
  }
  return {
    at: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
    options: { ...options, contenders: options.contenders.join(' ') },
    rounds,
    violations,
    notes: [
      'Everything on one machine over loopback: contender, PostgreSQL (stock durability), stand-in and load generator.',
      'Processor time is of the server’s processes; PostgreSQL’s is counted for nobody.',
      'A checkpoint and a second of rest come before the 100/s, for every contender.',
      `The stand-in answers after ${options.graphMs} ms; Meta’s limits are on; quiet time 0; 100 accounts, 5,000 conversations.`,
      `The bare server had ${place.limits.map((had) => had.toFixed(2)).join(', ')} of a processor; below 0.9 the machine was busy with something else.`,
      'n8n is not part of this run. Speed.md saw 35 to 40 replies/s: 20 times that is 800/s, 80 times 3,200/s.',
    ],
  }
}

/** Once for all rounds: what is connected stays connected. */
export async function connectEverybody(home: ParleyHome, standInUrl: string): Promise<void> {
  await using parley = startParley(home, 'together')
  await untilReady(home, parley)
  const at = { parleyUrl: home.url, apiKey: home.apiKey, standInUrl }
  const range = (world: World): { first: number; count: number } => ({
    first: world.firstAccount,
    count: world.accounts,
  })
  await connectAccounts(at, 'answering', range(ANSWERING_WORLD), ECHO_AUTOMATION)
  await connectAccounts(at, 'silent', range(SILENT_WORLD), null)
}

async function migrate(home: ParleyHome): Promise<void> {
  await using parley = startParley(home, 'together')
  await untilReady(home, parley)
}

async function acksOfWebAlone(place: Place, home: ParleyHome): Promise<number> {
  await using running = await runParley(freshPlan(SILENT_WORLD), home, 'web')
  await measureAcks(running, freshPlan(SILENT_WORLD), 1_000)
  const acks = await measureAcks(running, freshPlan(SILENT_WORLD), place.options.acksForMs)
  place.say(`  parley web alone: ${acks.perSecond.toFixed(0)} acks/s`)
  return acks.perSecond
}

async function roundOfBare(place: Place): Promise<Samples> {
  await using running = await runBare(freshPlan(SILENT_WORLD))
  await measureAcks(running, freshPlan(SILENT_WORLD), 1_000)
  const acks = await measureAcks(running, freshPlan(SILENT_WORLD), place.options.acksForMs)
  place.say(
    `  bare: ${acks.perSecond.toFixed(0)} acks/s on ${acks.processors.toFixed(2)} processors`,
  )
  place.limits.push(acks.processors)
  return { acks: acks.perSecond, firstAckMs: running.firstAckMs }
}

async function roundOfParley(place: Place, home: ParleyHome): Promise<Samples> {
  const { options, say } = place
  let samples: Samples
  {
    await using running = await runParley(freshPlan(SILENT_WORLD), home, options.shape)
    await pause(2_000)
    await untilIdle(running)
    const idleMb = residentMb(running.pids())
    await measureAcks(running, freshPlan(SILENT_WORLD), 1_000)
    const acks = await measureAcks(running, freshPlan(SILENT_WORLD), options.acksForMs)
    say(`  parley: ${acks.perSecond.toFixed(0)} acks/s`)
    samples = {
      ...(await answering(place, running)),
      acks: acks.perSecond,
      idleMb,
      firstAckMs: running.firstAckMs,
    }
    await running.kill()
  }
  await using again = await runParley(freshPlan(SILENT_WORLD), home, options.shape)
  return { ...samples, firstAckAfterKillMs: again.firstAckMs }
}

async function roundOfNaive(place: Place, running: Running): Promise<Samples> {
  await using naive = running
  await pause(1_000)
  const idleMb = residentMb(naive.pids())
  return { ...(await answering(place, naive)), idleMb, firstAckMs: naive.firstAckMs }
}

/** The whole way: webhook in, reply visible. */
async function answering(place: Place, on: Running): Promise<Samples> {
  const { options, postgres, standIn, say } = place
  const note = (what: string, violations: readonly Violation[]): void => {
    if (violations.length === 0) return
    place.violations[on.name].push(`${what}: ${describeViolations(violations)}`)
    say(
      `  ${on.name} failed, ${what}: ${describeViolations(violations)}\n${on.output().slice(-2_000)}`,
    )
  }
  await standIn.clear()
  await standIn.faults({ latencyMs: options.graphMs })
  const closed = { count: 100_000, forMs: 1_000, next: 'reply' } as const
  await measureReplies(on, standIn, freshPlan(ANSWERING_WORLD), closed)
  const replies = await measureReplies(on, standIn, freshPlan(ANSWERING_WORLD), {
    ...closed,
    forMs: options.repliesForMs,
  })
  note('64 under way', replies.violations)
  const piledUp = await measureReplies(on, standIn, freshPlan(ANSWERING_WORLD), {
    count: options.piledUpLines,
    forMs: 30_000,
    next: 'ack',
  })
  note('piled up', piledUp.violations)
  await untilIdle(on)
  // A stream of 100/s, not the wake of the flood before it.
  await postgres.checkpoint()
  await pause(1_000)
  const latency = await measureLatency(on, standIn, freshPlan(ANSWERING_WORLD), {
    perSecond: 100,
    forMs: options.latencyForMs,
  })
  note('100/s', latency.violations)
  say(
    `  ${on.name}: ${replies.perSecond.toFixed(0)} replies/s, ${piledUp.perSecond.toFixed(0)} piled up behind ` +
      `${piledUp.acksPerSecond.toFixed(0)} acks/s; at 100/s ack p99 ${latency.ackP99.toFixed(1)} ms, reply p50 ` +
      `${latency.replyP50.toFixed(1)}, p99 ${latency.replyP99.toFixed(1)} ms (generator late by ${latency.latenessP99.toFixed(1)})`,
  )
  return {
    acksWhileReplying: piledUp.acksPerSecond,
    ackP99: latency.ackP99,
    replies: replies.perSecond,
    repliesPiledUp: piledUp.perSecond,
    replyP50: latency.replyP50,
    replyP99: latency.replyP99,
    cpuMsPerMessage: replies.cpuMsPerMessage,
    peakMb: replies.peakMb,
  }
}
