import type { ImportOutcome } from '@parley/contract/import.ts'
import { copyDefaultAutomation } from '#automation/copy-default-automation.ts'
import { importRows } from '#connect/import-rows.ts'
import type { Caller } from '#http/caller.ts'
import { readImportFile } from './read-import-file.ts'
import { sayOutcome, saySummary } from './say-outcome.ts'
import { withPorts } from './with-ports.ts'
import type { Config } from '#config.ts'
import type { Ports } from '#ports/ports.ts'

export type ImportFlags = {
  readonly tenant?: string
  readonly dryRun: boolean
  readonly invite: boolean
  readonly json: boolean
}

/** Whoever runs the program on this machine may do anything with its database. */
const OPERATOR: Caller = {
  kind: 'key',
  actor: 'system',
  tenantId: null,
  scopes: new Set(['connect']),
}

/**
 * Imports the tokens of a file, a line of output per row.
 *
 * @returns whether every row is connected (or, in a dry run, could be).
 */
export async function importConnections(
  config: Config,
  path: string,
  flags: ImportFlags,
  print: (text: string) => void,
): Promise<boolean> {
  return await withPorts(config, async (ports) => await importAll(ports, path, flags, print))
}

async function importAll(
  ports: Ports,
  path: string,
  flags: ImportFlags,
  print: (text: string) => void,
): Promise<boolean> {
  const count: Record<ImportOutcome['status'], number> = {
    kept: 0,
    exchanged: 0,
    unchanged: 0,
    ready: 0,
    refused: 0,
  }
  const outcomes = importRows(
    ports,
    {
      onFirstConnect: async (db, connection) => await copyDefaultAutomation(ports, db, connection),
    },
    readImportFile(path),
    {
      caller: OPERATOR,
      who: { actor: 'system', address: null, requestId: null },
      tenantId: flags.tenant,
      isDryRun: flags.dryRun,
      doesInvite: flags.invite,
    },
  )
  for await (const outcome of outcomes) {
    count[outcome.status] += 1
    print(flags.json ? JSON.stringify(outcome) : sayOutcome(outcome))
  }
  print(flags.json ? JSON.stringify({ summary: count }) : saySummary(count, flags))
  return count.refused === 0
}
