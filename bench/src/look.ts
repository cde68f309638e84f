import { mkdirSync } from 'node:fs'
import { Client } from 'pg'
import { runParley } from '#contenders.ts'
import type { Running } from '#contenders.ts'
import { freshPlan } from '#line.ts'
import { measureAcks, measureLatency, measureReplies } from '#measures.ts'
import { makeParleyHome } from '#parley.ts'
import type { Shape } from '#parley.ts'
import { startPostgres } from '#postgres.ts'
import { connectEverybody } from '#sitting.ts'
import { startStandInProcess } from '#stand-in-client.ts'
import type { StandInProcess } from '#stand-in-client.ts'
import { ANSWERING_WORLD, SILENT_WORLD } from '#world.ts'

export const LOOKS = ['acks', 'replies', 'piled-up', 'latency'] as const
export type Look = (typeof LOOKS)[number]

const TIMES = 3
const STATEMENTS_SHOWN = 15

/**
 * Where the time goes: one measure three times over, PostgreSQL counting statements and Node writing a processor
 * profile. Both cost something, so these figures are for comparing with each other only.
 */
export async function lookInto(
  look: Look,
  shape: Shape,
  say: (text: string) => void,
): Promise<void> {
  await using postgres = await startPostgres(['shared_preload_libraries=pg_stat_statements'])
  await using standIn = await startStandInProcess()
  const databaseUrl = await postgres.database('parley')
  const profiles = new URL('../results/profiles.tmp/', import.meta.url).pathname
  mkdirSync(profiles, { recursive: true })
  using home = await makeParleyHome({ databaseUrl, metaUrls: standIn.settings })
  await connectEverybody(home, standIn.url)
  const database = new Client({ connectionString: databaseUrl })
  await database.connect()
  await database.query('create extension pg_stat_statements')
  {
    const NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${profiles}`
    const settings = { ...home.settings, NODE_OPTIONS }
    await using running = await runParley(freshPlan(SILENT_WORLD), { ...home, settings }, shape)
    for (let time = 0; time < TIMES; time += 1) {
      await database.query('select pg_stat_statements_reset()')
      say(JSON.stringify(await measureOnce(look, running, standIn)))
    }
  }
  for (const line of await slowest(database)) say(line)
  await database.end()
  say(`processor profiles in ${profiles}`)
}

async function measureOnce(look: Look, on: Running, standIn: StandInProcess): Promise<object> {
  const plan = freshPlan(ANSWERING_WORLD)
  switch (look) {
    case 'acks':
      return await measureAcks(on, freshPlan(SILENT_WORLD), 3_000)
    case 'replies':
      return await measureReplies(on, standIn, plan, { next: 'reply', count: 50_000, forMs: 3_000 })
    case 'piled-up':
      return await measureReplies(on, standIn, plan, { next: 'ack', count: 10_000, forMs: 30_000 })
    case 'latency':
      return await measureLatency(on, standIn, plan, { perSecond: 100, forMs: 6_000 })
  }
}

type Statement = {
  calls: number
  rows: number
  ms: number
  us: number
  blocks: number
  text: string
}

/** Of the last time. */
async function slowest(database: Client): Promise<string[]> {
  const { rows } = await database.query<Statement>(
    `select calls::int, rows::int, round(total_exec_time)::int as ms, round(mean_exec_time * 1000)::int as us,
            round((shared_blks_hit + shared_blks_read)::numeric / calls)::int as blocks,
            left(regexp_replace(query, '\\s+', ' ', 'g'), 90) as text
       from pg_stat_statements where query not like '%pg_stat%'
      order by total_exec_time desc limit ${STATEMENTS_SHOWN}`,
  )
  return rows.map(
    (row) =>
      `${row.ms} ms in ${row.calls} calls, each ${row.us} µs, ${(row.rows / row.calls).toFixed(1)} rows, ${row.blocks} blocks: ${row.text}`,
  )
}
