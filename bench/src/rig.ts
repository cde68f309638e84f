import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { pause } from '#child.ts'
import { describeViolations, findViolations } from '#checker.ts'
import type { SentLine, Violation } from '#checker.ts'
import { connectAccounts } from '#connect-accounts.ts'
import { lineOf } from '#line.ts'
import type { LinePlan } from '#line.ts'
import { monotonicMs } from '#monotonic.ts'
import { ECHO_AUTOMATION } from '#parley-api.ts'
import { makeParleyHome, startParley, untilReady } from '#parley.ts'
import type { Parley, ParleyHome, Shape } from '#parley.ts'
import { borrowPostgres, startPostgres } from '#postgres.ts'
import { startStandInProcess } from '#stand-in-client.ts'
import type { StandInProcess, StandInRecord } from '#stand-in-client.ts'
import { findUnfinished } from '#unfinished.ts'
import type { Unfinished } from '#unfinished.ts'
import type { World } from '#world.ts'

export type Verdict = {
  readonly violations: readonly Violation[]
  readonly unfinished: Unfinished
  readonly record: StandInRecord
  /** Violations and unfinished work in one sentence; 'none' when all is well. */
  readonly summary: string
}

export type Rig = AsyncDisposable & {
  readonly standIn: StandInProcess
  readonly home: ParleyHome
  readonly world: World
  readonly parley: Parley
  /** kill -9 for every process, and new ones at once, their environment with these besides. */
  killAndRestart(environment?: Readonly<Record<string, string>>): Promise<void>
  /** With `--test-clock`: adds to the time of server and stand-in. */
  moveClock(ms: number): Promise<void>
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** Waits until nothing is left to do and judges the run. */
  verdict(lines: readonly SentLine[], withinMs: number): Promise<Verdict>
}

/** The real server beside a stand-in Meta, accounts connected through the login, every answer an echo. */
export async function startRig(given: {
  readonly world: World
  readonly shape: Shape
  readonly echoes: boolean
  readonly testClock?: boolean
  /** With one, lines wait for their lane; without, they are answered as they are stored. */
  readonly quietMs?: number
}): Promise<Rig> {
  const stack = new AsyncDisposableStack()
  try {
    const lent = process.env['PARLEY_TEST_DATABASE_URL']
    const postgres = stack.use(lent === undefined ? await startPostgres() : borrowPostgres(lent))
    const databaseUrl = await postgres.database(`rig_${randomBytes(6).toString('hex')}`)
    const standIn = stack.use(await startStandInProcess())
    const home = stack.use(await makeParleyHome({ databaseUrl, metaUrls: standIn.settings }))
    const flags = given.testClock === true ? ['--test-clock'] : []
    // The web process migrates; a worker beside it would race it on an empty database.
    {
      await using first = startParley(home, 'together', flags)
      await untilReady(home, first)
      const at = { parleyUrl: home.url, apiKey: home.apiKey, standInUrl: standIn.url }
      const { firstAccount, accounts } = given.world
      const automation = { ...ECHO_AUTOMATION, quietMs: given.quietMs ?? 0 }
      await connectAccounts(at, 'rig', { first: firstAccount, count: accounts }, automation)
    }
    let parley = startParley(home, given.shape, flags)
    stack.defer(async () => await parley[Symbol.asyncDispose]())
    await untilReady(home, parley)
    const database = new Client({ connectionString: databaseUrl })
    // The server is stopped under it at the end.
    database.on('error', () => undefined)
    await database.connect()
    stack.defer(async () => await database.end())
    if (given.echoes) await standIn.echoes({ to: `${home.url}${home.target.path}`, delayMs: 20 })
    const query = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
      // The caller names the columns it selects.
      (await database.query(text, [...values])).rows as Row[]
    const owned = stack.move()
    return {
      standIn,
      home,
      world: given.world,
      get parley() {
        return parley
      },
      async killAndRestart(environment = {}) {
        await parley.kill()
        const settings = { ...home.settings, ...environment }
        parley = startParley({ ...home, settings }, given.shape, flags)
      },
      async moveClock(ms) {
        const dataDir = home.settings['PARLEY_DATA_DIR'] ?? ''
        mkdirSync(dataDir, { recursive: true, mode: 0o700 })
        writeFileSync(join(dataDir, 'clock-offset'), String(ms))
        await standIn.clock(ms)
        await pause(100)
      },
      query,
      verdict: async (lines, withinMs) => await judgeAtRest({ query, standIn }, lines, withinMs),
      [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

const REST_MS = 1_000

async function judgeAtRest(
  rig: Pick<Rig, 'query' | 'standIn'>,
  lines: readonly SentLine[],
  withinMs: number,
): Promise<Verdict> {
  const deadline = monotonicMs() + withinMs
  let unfinished = await findUnfinished(rig.query)
  let restedSinceMs = monotonicMs()
  while (monotonicMs() < deadline && monotonicMs() - restedSinceMs < REST_MS) {
    await pause(100)
    unfinished = await findUnfinished(rig.query)
    const busy = Object.values(unfinished).some((count) => count > 0)
    if (busy || (await rig.standIn.progress()).openEchoes > 0) restedSinceMs = monotonicMs()
  }
  const record = await rig.standIn.record()
  const withHuman = await findWithHuman(rig, lines, record)
  const violations = findViolations({ lines, replies: record.shown, withHuman })
  const left = Object.entries(unfinished).filter(([, count]) => count > 0)
  const stuck = left.map(([what, count]) => `${count} ${what}`).join(', ')
  const found = describeViolations(violations)
  return { violations, unfinished, record, summary: stuck === '' ? found : `${found}; I4 ${stuck}` }
}

/** Unanswered lines whose conversation a human has, with the reason the server states. */
async function findWithHuman(
  rig: Pick<Rig, 'query'>,
  lines: readonly SentLine[],
  record: StandInRecord,
): Promise<Map<string, string>> {
  const rows = await rig.query<{ igsid: string; account_id: string; reason: string }>(`
    select c.igsid, n.account_id, c.mode_reason as reason
      from conversations c join connections n on n.tenant_id = c.tenant_id and n.id = c.connection_id
     where c.mode = 'human' and c.mode_reason is not null`)
  const reasons = new Map(rows.map((row) => [`${row.account_id}/${row.igsid}`, row.reason]))
  const shown = record.shown.map(({ text }) => text).join('\n')
  const withHuman = new Map<string, string>()
  for (const { token, accountId, igsid } of lines) {
    const reason = reasons.get(`${accountId}/${igsid}`)
    if (reason !== undefined && !shown.includes(token)) withHuman.set(token, reason)
  }
  return withHuman
}

/** What the sender of single lines knows, for the checker. */
export function sentLine(
  plan: LinePlan,
  n: number,
  times: { sentAtMs: number; ackedAtMs: number | undefined },
): SentLine {
  const { token, accountId, igsid } = lineOf(plan, n)
  return { token, accountId, igsid, ...times }
}
