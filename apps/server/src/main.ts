#!/usr/bin/env node
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { explainFailure } from '#cli/explain-failure.ts'
import { readEnvironment } from '#cli/read-environment.ts'
import type { Running } from '#cli/start.ts'
import { describeError } from '#ports/log.ts'

/** Longer than a stop takes; past it the process ends, and what it held falls back by its lease. */
const STOP_WAIT_MS = 9_500
const PARENT_LOOK_MS = 500

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const complain = (text: string): void => void process.stderr.write(`${text}\n`)

const read = readEnvironment(process.env, process.cwd())

/** Commands are loaded when they are asked for: a key is made without opening a database driver. */
const program = new Command('parley').description(
  'Connects Instagram accounts, keeps the connection alive, holds the conversation.',
)
const testClock = new Option(
  '--test-clock',
  'add the milliseconds in <data dir>/clock-offset to the time; this machine only',
).default(false)

program
  .command('start')
  .description('database, HTTP and worker in one process; the demo when no app id is set')
  .addOption(testClock)
  .action(async (flags: { testClock: boolean }) => {
    await runUntilStopped(async () => {
      const { readCommandConfig } = await import('#cli/read-command-config.ts')
      const { start } = await import('#cli/start.ts')
      return await start(readCommandConfig(read, 'start', flags), { ...flags, print })
    })
  })

for (const part of ['web', 'worker'] as const) {
  program
    .command(part)
    .description(part === 'web' ? 'HTTP only' : 'what runs in the background only')
    .addOption(testClock)
    .action(async (flags: { testClock: boolean }) => {
      await runUntilStopped(async () => {
        const { readCommandConfig } = await import('#cli/read-command-config.ts')
        const { runPart } = await import('#cli/run-part.ts')
        return await runPart(readCommandConfig(read, 'beside', flags), part, { ...flags, print })
      })
    })
}

program
  .command('simulator')
  .description('Instagram in a box alone')
  .action(async () => {
    await runUntilStopped(async () => {
      const { runSimulator } = await import('#cli/simulator.ts')
      return await runSimulator(read.environment, print)
    })
  })

program
  .command('migrate')
  .description('bring the database to this version')
  .action(async () => {
    const { runMigrate } = await import('#cli/migrate.ts')
    await runMigrate(read, print)
  })

program
  .command('operators')
  .description('people who use the dashboard')
  .command('link')
  .description('print a new one-time sign-in link')
  .addOption(new Option('--role <role>').choices(['owner', 'admin', 'agent']).default('owner'))
  .option('--tenant <id>', 'one tenant only; without it, all')
  .action(async (flags: { role: 'owner' | 'admin' | 'agent'; tenant?: string }) => {
    const { readCommandConfig } = await import('#cli/read-command-config.ts')
    const { newSignInLink } = await import('#cli/operators-link.ts')
    const operator = { role: flags.role, tenantId: flags.tenant ?? null }
    print(await newSignInLink(readCommandConfig(read, 'beside'), operator))
  })

program
  .command('keys')
  .description('secrets for .env')
  .command('new')
  .description('print fresh ones')
  .action(async () => {
    const { newKeys } = await import('#cli/keys-new.ts')
    print(newKeys(new Date().toISOString().slice(0, 10).replaceAll('-', '')))
  })

/** Runs until SIGINT or SIGTERM. Ctrl-C below npm arrives twice: the second one changes nothing. */
async function runUntilStopped(begin: () => Promise<Running>): Promise<void> {
  for (const warning of read.warnings) complain(`Warning: ${warning}`)
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve)
    if (process.env['npm_lifecycle_event'] !== undefined) whenOrphaned(resolve)
  })
  // A bug outside any request must not take the conversations of everyone with it; all state is in the database.
  const survive = (error: unknown): void =>
    complain(JSON.stringify({ level: 50, msg: 'something broke', err: describeError(error) }))
  const running = await begin()
  process.on('uncaughtException', survive)
  process.on('unhandledRejection', survive)
  await stopped
  setTimeout(() => {
    complain('Stopping took too long; ended as it was.')
    process.exit(1)
  }, STOP_WAIT_MS).unref()
  await running.stop()
}

/** npm killed by -9 says nothing to what it runs; without this, `npm start` would leave a server behind. */
function whenOrphaned(tell: () => void): void {
  const parent = process.ppid
  const look = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(look)
    tell()
  }, PARENT_LOOK_MS)
  look.unref()
}

try {
  await program.parseAsync()
  process.exit()
} catch (error) {
  const dataDir = resolve(read.environment['PARLEY_DATA_DIR'] ?? '.parley')
  const port = Number(read.environment['PORT'] ?? 3000)
  const sentence = explainFailure(error, { port, dataDir })
  complain(sentence ?? `Cannot start: ${error instanceof Error ? error.stack : String(error)}`)
  process.exit(1)
}
