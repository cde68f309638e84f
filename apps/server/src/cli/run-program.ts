import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import type { Environment } from '#config.ts'
import { addAuditCommands } from './audit-commands.ts'
import { addBackupCommands } from './backup-commands.ts'
import { addDeliveryCommands } from './delivery-commands.ts'
import type { Io } from './io.ts'
import { addKeyCommands } from './keys-commands.ts'
import { addTokenCommands } from './token-commands.ts'
import { readEnvironment } from './read-environment.ts'
import { runUntilStopped } from './run-until-stopped.ts'
import type { Running } from './start.ts'

/**
 * The `parley` command line. Commands are loaded when they are asked for: a key is made without opening a database
 * driver.
 *
 * @returns the exit code.
 */
export async function runProgram(options: {
  environment: Environment
  args: readonly string[]
  workingFolder: string
  print: Io['print']
  complain: Io['complain']
  write: Io['write']
  progress: Io['progress']
}): Promise<number> {
  const { print, complain, write, progress } = options
  const read = readEnvironment(options.environment, options.workingFolder)
  const program = new Command('parley').description(
    'Connects Instagram accounts, keeps the connection alive, holds the conversation.',
  )
  let exitCode = 0
  const fail = (): void => {
    exitCode = 1
  }
  const io: Io = { read, print, complain, write, progress, fail }
  addServerCommands(program, io)
  addShortCommands(program, io)
  addAuditCommands(program, io)
  addKeyCommands(program, io)
  addTokenCommands(program, io)
  addDeliveryCommands(program, io)
  addBackupCommands(program, io)
  try {
    await program.parseAsync(options.args, { from: 'user' })
    return exitCode
  } catch (error) {
    const { explainFailure, refusalOf } = await import('./explain-failure.ts')
    const refusal = refusalOf(error)
    if (refusal !== undefined && options.args.includes('--json')) {
      print(JSON.stringify({ error: refusal }))
    }
    const dataDir = resolve(read.environment['PARLEY_DATA_DIR'] ?? '.parley')
    const port = Number(read.environment['PORT'] ?? 3000)
    const metricsPort = Number(read.environment['PARLEY_METRICS_PORT'])
    const sentence = explainFailure(error, { port, metricsPort, dataDir })
    complain(sentence ?? `Cannot start: ${error instanceof Error ? error.stack : String(error)}`)
    return 1
  }
}

/** Those that run until they are stopped. */
function addServerCommands(program: Command, { read, print, complain }: Io): void {
  const run = async (begin: () => Promise<Running>): Promise<void> => {
    for (const warning of read.warnings) complain(`Warning: ${warning}`)
    const isBelowNpm = read.environment['npm_lifecycle_event'] !== undefined
    await runUntilStopped(begin, { isBelowNpm, complain })
  }
  const testClock = new Option(
    '--test-clock',
    'add the milliseconds in <data dir>/clock-offset to the time; this machine only',
  ).default(false)

  program
    .command('start')
    .description('database, HTTP and worker in one process; the demo when no app id is set')
    .addOption(testClock)
    .action(async (flags: { testClock: boolean }) => {
      await run(async () => {
        const { readCommandConfig } = await import('./read-command-config.ts')
        const { start } = await import('./start.ts')
        return await start(readCommandConfig(read, 'start', flags), { ...flags, print })
      })
    })
  for (const part of ['web', 'worker'] as const) {
    program
      .command(part)
      .description(part === 'web' ? 'HTTP only' : 'what runs in the background only')
      .addOption(testClock)
      .action(async (flags: { testClock: boolean }) => {
        await run(async () => {
          const { readCommandConfig } = await import('./read-command-config.ts')
          const { runPart } = await import('./run-part.ts')
          return await runPart(readCommandConfig(read, 'beside', flags), part, { ...flags, print })
        })
      })
  }
  program
    .command('simulator')
    .description('Instagram in a box alone')
    .action(async () => {
      await run(async () => {
        const { runSimulator } = await import('./simulator.ts')
        return await runSimulator(read.environment, print)
      })
    })
}

/** Those that print something and end. */
function addShortCommands(program: Command, { read, print, complain, fail }: Io): void {
  program
    .command('digest')
    .description('the digest of the last seven days as it would be mailed; sends nothing')
    .option('--tenant <id>', 'of one tenant, as its contact reads it')
    .option('--json', 'the figures, for programs')
    .action(async (flags: { tenant?: string; json?: boolean }) => {
      const { readCommandConfig } = await import('./read-command-config.ts')
      const { showDigest } = await import('./digest.ts')
      const shown = await showDigest(readCommandConfig(read, 'beside'), flags)
      if (shown !== undefined) return print(shown)
      complain(`There is no tenant ${flags.tenant ?? ''}. See GET /v1/tenants for their ids.`)
      fail()
    })
  program
    .command('migrate')
    .description('bring the database to this version')
    .action(async () => {
      const { runMigrate } = await import('./migrate.ts')
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
      const { readCommandConfig } = await import('./read-command-config.ts')
      const { newSignInLink } = await import('./operators-link.ts')
      const operator = { role: flags.role, tenantId: flags.tenant ?? null }
      print(await newSignInLink(readCommandConfig(read, 'beside'), operator))
    })
}
