import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { Io } from './io.ts'
import { readTime } from './read-time.ts'

type ExportFlags = { tenant?: string; since?: Date; until?: Date }
type VerifyFlags = { json: boolean; expect?: { count: number; hash: string } }

export function addAuditCommands(program: Command, { read, print, write, fail }: Io): void {
  const audit = program.command('audit').description('who did what, and whether the log is whole')
  audit
    .command('verify')
    .description('walk the hash chain; exit code 1 names the first line that was tampered with')
    .option('--json', 'one JSON object', false)
    .option('--expect <count:hash>', 'an end noted down earlier', readEnd)
    .action(async (flags: VerifyFlags) => {
      const { readCommandConfig } = await import('./read-command-config.ts')
      const { runAuditVerify } = await import('./audit-verify.ts')
      const config = readCommandConfig(read, 'beside')
      if (!(await runAuditVerify(config, { json: flags.json, expect: flags.expect }, print))) fail()
    })
  audit
    .command('export')
    .description('JSON Lines, oldest first')
    .option('--tenant <id>', 'lines of one tenant only')
    .option('--since <time>', 'ISO 8601, this moment included', readTime)
    .option('--until <time>', 'ISO 8601, this moment excluded', readTime)
    .action(async ({ tenant, since, until }: ExportFlags) => {
      const { readCommandConfig } = await import('./read-command-config.ts')
      const { runAuditExport } = await import('./audit-export.ts')
      const filter = { tenantId: tenant, since, until }
      await runAuditExport(readCommandConfig(read, 'beside'), filter, write)
    })
}

function readEnd(text: string): { count: number; hash: string } {
  const [, count = '', hash = ''] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (count === '') throw new InvalidArgumentError('what `parley audit verify` printed')
  return { count: Number(count), hash }
}
