import { resolve } from 'node:path'
import { restoreBackup } from '#backups/restore-backup.ts'
import type { Config } from '#config.ts'
import { systemClock } from '#ports/clock.ts'
import { silentLog } from '#ports/log.ts'
import { systemRandom } from '#ports/random.ts'
import type { Io } from './io.ts'
import { reachDatabase } from './reach-database.ts'
import { sayProgress } from './say-progress.ts'

const STEPS = { save: 'Writing', check: 'Checking', load: 'Restoring' } as const

/** Restores one, and says what is left to do. */
export async function runRestore(
  config: Config,
  options: { file: string; replace?: string; json: boolean },
  io: Pick<Io, 'print' | 'progress'>,
): Promise<void> {
  await using opened = new AsyncDisposableStack()
  const database = await reachDatabase(config, 'either', silentLog)
  opened.defer(async () => await database.stop())
  const { tell, end } = sayProgress(io, options.json)
  const restored = await restoreBackup(
    {
      url: database.url,
      masterKeys: config.encryptionKeys,
      clock: systemClock,
      random: systemRandom,
    },
    resolve(options.file),
    {
      replace: options.replace,
      onProgress: ({ phase, done, total, table }) =>
        tell(STEPS[phase], { done, total, what: table ?? '' }),
    },
  ).finally(end)
  if (options.json) {
    io.print(JSON.stringify({ restored }))
    return
  }
  const { rows, takenAt, migrated, replaced, erasures, disconnected, unsent } = restored
  io.print(`${rows} rows are back, as of ${takenAt}.`)
  if (migrated.length > 0) io.print(`Migrated since: ${migrated.join(', ')}`)
  if (erasures > 0) {
    io.print(`${erasures} erasures the backup did not know are carried out again when Parley runs.`)
  }
  if (disconnected > 0) io.print(`${disconnected} connections that ended since are ended again.`)
  if (unsent > 0) io.print(`${unsent} messages that were unsent since are erased again.`)
  if (replaced !== 'itself') {
    const why = replaced === 'another' ? ': what was replaced was another Parley’s' : ''
    io.print(`Disconnects, unsends and erasures since ${takenAt} are not known here${why}.`)
  }
  io.print(
    'Start Parley. Operators sign in again (`parley operators link`); API keys and links that were taken back since are open again.',
  )
}
