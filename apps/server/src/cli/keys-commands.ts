import { Option } from 'commander'
import type { Command } from 'commander'
import type { Io } from './io.ts'

type RotateFlags = {
  tenant?: string
  all?: boolean
  master?: boolean
  wait: boolean
  json: boolean
}
type StatusFlags = { tenant?: string; json: boolean }

export function addKeyCommands(program: Command, io: Io): void {
  const keys = program.command('keys').description('secrets for .env, and keys that change')
  keys
    .command('new')
    .description('print fresh secrets')
    .action(async () => {
      const { newKeys } = await import('./keys-new.ts')
      io.print(newKeys(new Date().toISOString().slice(0, 10).replaceAll('-', '')))
    })
  keys
    .command('rotate')
    .description('new data keys, or another master key around them; while everything runs')
    .addOption(
      new Option('--tenant <id>', 'a new data key for one tenant').conflicts(['all', 'master']),
    )
    .addOption(new Option('--all', 'for every tenant and the inbox').conflicts(['master']))
    .addOption(
      new Option('--master', 'wrap every data key with the first master key of the settings'),
    )
    .option('--no-wait', 'leave the old versions for the next run to drop')
    .option('--json', 'one JSON object a line', false)
    .action(async (flags: RotateFlags, command: Command) => {
      if (flags.master !== true && flags.all !== true && flags.tenant === undefined) {
        command.error('error: name --tenant <id>, --all or --master')
      }
      const { readCommandConfig } = await import('./read-command-config.ts')
      const { runKeysRotate, runMasterRotate } = await import('./keys-rotate.ts')
      const config = readCommandConfig(io.read, 'beside')
      const owners = flags.tenant === undefined ? 'all' : [`tenant:${flags.tenant}`]
      const isDone = flags.master
        ? await runMasterRotate(config, flags, io)
        : await runKeysRotate(config, { ...flags, owners }, io)
      if (!isDone) io.fail()
    })
  keys
    .command('status')
    .description('which keys are in use, and how many rows need each')
    .option('--tenant <id>', 'of one tenant only')
    .option('--json', 'one JSON object', false)
    .action(async (flags: StatusFlags) => {
      const { readCommandConfig } = await import('./read-command-config.ts')
      const { runKeysStatus } = await import('./keys-status.ts')
      await runKeysStatus(readCommandConfig(io.read, 'beside'), flags, io.print)
    })
}
