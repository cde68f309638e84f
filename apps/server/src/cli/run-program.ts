import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import type { Environment } from '#config.ts'
import type { ImportFlags } from './import-connections.ts'
import { readEnvironment } from './read-environment.ts'
import type { ReadEnvironment } from './read-environment.ts'
import { runUntilStopped } from './run-until-stopped.ts'
import type { Running } from './start.ts'

type Io = {
  readonly read: ReadEnvironment
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  /** Ends well, but not everything was done. */
  readonly fail: () => void
}

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
  print: (text: string) => void
  complain: (text: string) => void
}): Promise<number> {
  const { print, complain } = options
  const read = readEnvironment(options.environment, options.workingFolder)
  const program = new Command('parley').description(
    'Connects Instagram accounts, keeps the connection alive, holds the conversation.',
  )
  let code = 0
  const fail = (): void => {
    code = 1
  }
  addServerCommands(program, { read, print, complain, fail })
  addShortCommands(program, { read, print, complain, fail })
  addTokenCommands(program, { read, print, complain, fail })
  addDoctor(program, { read, print, complain, fail })
  try {
    await program.parseAsync(options.args, { from: 'user' })
    return code
  } catch (error) {
    const { explainFailure } = await import('./explain-failure.ts')
    const dataDir = resolve(read.environment['PARLEY_DATA_DIR'] ?? '.parley')
    const port = Number(read.environment['PORT'] ?? 3000)
    const sentence = explainFailure(error, { port, dataDir })
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
function addShortCommands(program: Command, { read, print }: Io): void {
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
  program
    .command('keys')
    .description('secrets for .env')
    .command('new')
    .description('print fresh ones')
    .action(async () => {
      const { newKeys } = await import('./keys-new.ts')
      print(newKeys(new Date().toISOString().slice(0, 10).replaceAll('-', '')))
    })
}

/** Exits with 1 when something is wrong, so that a script can ask. */
function addDoctor(program: Command, { read, print, fail }: Io): void {
  program
    .command('doctor')
    .description('look at everything that can be wrong, here and at Meta; changes nothing')
    .option('--json', 'for programs')
    .action(async (flags: { json?: boolean }) => {
      const { readCommandConfig } = await import('./read-command-config.ts')
      const { doctor } = await import('./doctor.ts')
      if (!(await doctor(readCommandConfig(read, 'beside'), flags, print))) fail()
    })
}

type TokenFlags = { tenant?: string; json?: boolean; force?: boolean }

/** The life of connections, seen and hurried from a terminal. */
function addTokenCommands(program: Command, { read, print, fail }: Io): void {
  const config = async () => {
    const { readCommandConfig } = await import('./read-command-config.ts')
    return readCommandConfig(read, 'beside')
  }
  const tokens = program.command('tokens').description('the tokens of connected accounts')
  const forTenant = (command: Command): Command =>
    command
      .option('--tenant <id>', 'of one tenant only')
      .option('--json', 'for programs: JSON, one object a line')
  forTenant(tokens.command('refresh'))
    .description('refresh what is due now')
    .option('--force', 'every token Meta allows, due or not')
    .action(async (flags: TokenFlags) => {
      const { refreshTokens } = await import('./tokens.ts')
      print(await refreshTokens(await config(), flags))
    })
  const list = async (flags: TokenFlags): Promise<void> => {
    const { listTokens } = await import('./tokens.ts')
    await listTokens(await config(), flags, print)
  }
  forTenant(tokens.command('status'))
    .description('how each connection and its tokens are')
    .action(list)
  const connections = program.command('connections').description('connected accounts')
  forTenant(connections.command('list')).description('the same as tokens status').action(list)
  connections
    .command('import <file>')
    .description(
      'tokens from a CSV, JSON or JSON Lines file, each proven at Meta before it is kept',
    )
    .option('--tenant <id>', 'for rows that name no tenant')
    .option('--dry-run', 'ask Meta what changes nothing, write nothing', false)
    .option('--invite', 'print a connect link to send on for each row that cannot be kept', false)
    .option('--json', 'one JSON object per row', false)
    .action(async (file: string, flags: ImportFlags) => {
      const { importConnections } = await import('./import-connections.ts')
      if (!(await importConnections(await config(), file, flags, print))) fail()
    })
}
