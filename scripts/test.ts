import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@parley/server/ports/embedded-postgres.ts'
import type { EmbeddedPostgres } from '@parley/server/ports/embedded-postgres.ts'
import { silentLog } from '@parley/server/ports/log.ts'
import { Client } from 'pg'
import { add, printCounts, runChecks, runTests } from './checks.ts'
import { endSteps, runStep } from './run-step.ts'
import type { Counts } from './run-step.ts'

const FOLDER = 'parley-test-'
const browserMark = 'node_modules/.parley-browser'

await removeLeftovers()
const folder = join(tmpdir(), `${FOLDER}${process.pid}`)
mkdirSync(folder)
const database = await startEmbeddedPostgres({ folder, role: 'owner', log: silentLog })
await trustTheMachine(database.url)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    void endSteps()
      .then(async () => await cleanUp(database, folder))
      .finally(() => process.exit(1))
  })
}

let counts: Counts
try {
  counts = await runAll(database.url)
} finally {
  await cleanUp(database, folder)
}
printCounts(counts)
process.exit(counts.failed === 0 ? 0 : 1)

async function runAll(databaseUrl: string): Promise<Counts> {
  const env = { PARLEY_TEST_DATABASE_URL: databaseUrl }
  const units = globSync('{packages,apps,bench}/**/*.test.ts', { exclude: isForeign })
  const flows = globSync('tests/**/*.test.ts', {
    exclude: (path) => path.includes('house-rules') || path.includes('tests/browser'),
  })
  let sum = await runChecks()
  sum = add(sum, await runTests('unit tests', units.toSorted(), env))
  sum = add(sum, await runDashboardTests())
  sum = add(sum, await runTests('flow tests', flows.toSorted(), env))
  return add(sum, await runBrowserTests(env))
}

/** The dashboard's tests run under Vitest, which knows JSX. */
async function runDashboardTests(): Promise<Counts> {
  const none: Counts = { passed: 0, failed: 0, skipped: 0, notRun: [] }
  const files = globSync('apps/dashboard/src/**/*.test.{ts,tsx}')
  if (files.length === 0) return none
  const report = join(folder, 'dashboard.json')
  const { ok, output } = await runStep(
    {
      name: 'dashboard tests',
      command: process.execPath,
      args: [
        join(process.cwd(), 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ],
      cwd: 'apps/dashboard',
    },
    'on-failure',
  )
  const found = existsSync(report) ? readFileSync(report, 'utf8') : ''
  const passed = Number(/"numPassedTests":(\d+)/.exec(found)?.[1] ?? 0)
  const failed = ok ? 0 : Math.max(1, Number(/"numFailedTests":(\d+)/.exec(found)?.[1] ?? 1))
  process.stdout.write(
    `check: dashboard tests ${ok ? 'passed' : `FAILED\n${output}`} (${passed} passed, ${failed} failed)\n`,
  )
  return { ...none, passed, failed }
}

async function runBrowserTests(env: Readonly<Record<string, string>>): Promise<Counts> {
  const files = globSync('tests/browser/*.test.ts').toSorted()
  const browser = existsSync(browserMark) ? readFileSync(browserMark, 'utf8').trim() : ''
  if (browser === '') {
    process.stdout.write('check: browser tests not run (no browser)\n')
    return { passed: 0, failed: 0, skipped: 1, notRun: ['browser tests: no browser was found'] }
  }
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0, notRun: [] }
  return await runTests('browser tests', files, { ...env, PARLEY_TEST_BROWSER: browser }, 1)
}

function isForeign(path: string): boolean {
  return path.includes('node_modules') || path.includes('apps/dashboard')
}

/**
 * No test ends this server or the machine: what was committed stays without waiting for the disk, and the thousand
 * databases that come and go do not hold back each other.
 */
async function trustTheMachine(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('alter system set fsync = off')
  await client.query('select pg_reload_conf()')
  await client.end()
}

async function cleanUp(server: EmbeddedPostgres, path: string): Promise<void> {
  await server.stop()
  rmSync(path, { recursive: true, force: true })
}

/** A run that was killed leaves its server and its folder; the next one ends both. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(FOLDER)) continue
    const pid = Number(name.slice(FOLDER.length))
    if (!Number.isInteger(pid) || isAlive(pid)) continue
    const path = join(tmpdir(), name)
    if (existsSync(join(path, 'postgres', 'postmaster.pid'))) {
      const left = await startEmbeddedPostgres({ folder: path, role: 'owner', log: silentLog })
      await left.stop()
    }
    rmSync(path, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
