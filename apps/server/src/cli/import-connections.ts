import type { ImportOutcome } from '@parley/contract/import.ts'
import { copyDefaultAutomation } from '#automation/copy-default-automation.ts'
import { importRows } from '#connect/import-rows.ts'
import type { Caller } from '#http/caller.ts'
import { openPorts } from './open-ports.ts'
import { reachDatabase } from './reach-database.ts'
import { readImportFile } from './read-import-file.ts'
import { sayOutcome, saySummary } from './say-outcome.ts'
import type { Config } from '#config.ts'
import { systemClock } from '#ports/clock.ts'
import { silentLog } from '#ports/log.ts'
import { createMetaHttp } from '#ports/meta-http.ts'
import { migrate } from '#ports/migrations.ts'

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
  await using opened = new AsyncDisposableStack()
  const database = await reachDatabase(config, 'either', silentLog)
  opened.defer(async () => await database.stop())
  await migrate(database.url, config.encryptionKeys)
  const ports = opened.use(
    await openPorts({
      config,
      databaseUrl: database.url,
      clock: systemClock,
      log: silentLog,
      http: createMetaHttp(),
    }),
  )
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
