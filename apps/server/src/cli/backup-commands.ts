import type { Command } from 'commander'
import type { Io } from './io.ts'

/** One file out, one file in. */
export function addBackupCommands(program: Command, io: Io): void {
  const config = async () => {
    const { readCommandConfig } = await import('./read-command-config.ts')
    return readCommandConfig(io.read, 'beside')
  }
  program
    .command('backup [file]')
    .description(
      'write everything into one file, while Parley runs; useless without the master keys',
    )
    .option('--json', 'for programs: JSON, one object a line', false)
    .addHelpText(
      'after',
      '\n<file> may be a folder; without one it is written here, named after the time. Never over a file that is there.',
    )
    .action(async (file: string | undefined, flags: { json: boolean }) => {
      const { runBackup } = await import('./backup.ts')
      await runBackup(await config(), { ...flags, file }, io)
    })
  program
    .command('restore <file>')
    .description('put a backup into an empty database, with every process of Parley stopped')
    .option('--replace <database>', 'the name of the database whose Parley is to go')
    .option('--json', 'for programs: JSON, one object a line', false)
    .addHelpText(
      'after',
      '\nThe master keys are tried first, the whole file is checked before anything is written, and everything is one\ntransaction. What was erased, unsent or disconnected since in a database that is replaced is so again.',
    )
    .action(async (file: string, flags: { replace?: string; json: boolean }) => {
      const { runRestore } = await import('./restore.ts')
      await runRestore(await config(), { ...flags, file }, io)
    })
}
