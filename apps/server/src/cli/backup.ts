import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writeBackup } from '#backups/write-backup.ts'
import type { Config } from '#config.ts'
import { systemClock } from '#ports/clock.ts'
import { silentLog } from '#ports/log.ts'
import { systemRandom } from '#ports/random.ts'
import type { Io } from './io.ts'
import { reachDatabase } from './reach-database.ts'
import { sayProgress } from './say-progress.ts'

/** Writes one, and says where it is and what else has to be kept. */
export async function runBackup(
  config: Config,
  options: { file: string | undefined; json: boolean },
  io: Pick<Io, 'print' | 'progress'>,
): Promise<void> {
  await using opened = new AsyncDisposableStack()
  const database = await reachDatabase(config, 'either', silentLog)
  opened.defer(async () => await database.stop())
  const { tell, end } = sayProgress(io, options.json)
  const written = await writeBackup(
    {
      url: database.url,
      masterKeys: config.encryptionKeys,
      clock: systemClock,
      random: systemRandom,
    },
    pathOf(options.file),
    ({ done, total, table }) => tell('Writing', { done, total, what: table ?? '' }),
  ).finally(end)
  if (options.json) {
    io.print(JSON.stringify({ backup: written }))
    return
  }
  const { path, bytes, rows, masterKeys } = written
  io.print(
    `${path}: ${rows} rows, ${sizeOf(bytes)}, as of ${written.takenAt}.\nIt opens with the master keys ${masterKeys.join(', ')} only: keep those apart from it.`,
  )
}

/** A folder gets a file named after the time. */
function pathOf(file = '.'): string {
  const path = resolve(file)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path
  const at = new Date(systemClock.now()).toISOString()
  return join(path, `parley-${at.replaceAll(/[-:]|\.\d+/g, '')}.backup`)
}

function sizeOf(bytes: number): string {
  return bytes < 1_000_000
    ? `${Math.ceil(bytes / 1000)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`
}
