import type { Command } from 'commander'
import type { ImportFlags } from './import-connections.ts'
import type { Io } from './io.ts'

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
export function addTokenCommands(program: Command, io: Io): void {
  const { read, print, fail } = io
  addDoctor(program, io)
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
