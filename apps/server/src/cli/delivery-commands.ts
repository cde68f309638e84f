import { Option } from 'commander'
import type { Command } from 'commander'
import type { Io } from './io.ts'
import { readTime } from './read-time.ts'
import type { ReplayFlags } from './replay-deliveries.ts'

const FILTERS = ['since', 'until', 'state', 'connection', 'tenant'] as const

export function addDeliveryCommands(program: Command, io: Io): void {
  const deliveries = program.command('deliveries').description('what Meta posted here')
  deliveries
    .command('replay [ids...]')
    .description(
      'work deliveries again, as if they had just come; what is stored stays stored once',
    )
    .option('--since <time>', 'received since: ISO 8601, this moment included', readTime)
    .option('--until <time>', 'received until: ISO 8601, this moment excluded', readTime)
    .addOption(
      new Option('--state <state>', 'what became of them').choices([
        'processed',
        'partly_understood',
        'not_understood',
      ]),
    )
    .option('--connection <id>', 'those that name its account or page, whoever’s they were')
    .option('--tenant <id>', 'of one tenant only')
    .option('--dry-run', 'say which it would be, change nothing', false)
    .option('--no-wait', 'do not wait for what becomes of them')
    .option('--json', 'for programs: JSON, one object a line', false)
    .action(async (ids: string[], flags: ReplayFlags, command: Command) => {
      const filters = FILTERS.filter((name) => flags[name] !== undefined)
      if (ids.length > 0 && filters.length > 0) {
        command.error(`error: name ids, or --${filters[0]}, not both`)
      }
      if (ids.length === 0 && filters.length === 0) {
        command.error('error: name ids, --since, --until, --state, --connection or --tenant')
      }
      if (flags.since !== undefined && flags.until !== undefined && flags.since >= flags.until) {
        command.error('error: --until must be later than --since')
      }
      const { readCommandConfig } = await import('./read-command-config.ts')
      const { replayDeliveries } = await import('./replay-deliveries.ts')
      const config = readCommandConfig(io.read, 'beside')
      if (!(await replayDeliveries(config, ids, flags, io))) io.fail()
    })
}
