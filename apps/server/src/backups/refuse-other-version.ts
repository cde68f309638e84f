import { AppError } from '@parley/contract/app-error.ts'
import { readMigrations } from '#ports/migrations.ts'
import type { AppliedMigration } from './store.ts'

/**
 * What this program cannot know the tables of.
 *
 * @throws AppError `backups/other-version`.
 */
export function refuseOtherVersion(applied: readonly AppliedMigration[], what: string): void {
  const known = readMigrations()
  for (const [index, { number, name, checksum }] of applied.entries()) {
    const own = known[index]
    if (own === undefined) {
      throw new AppError('backups/other-version', {
        detail: `${what} was migrated by a newer Parley (${name}).`,
      })
    }
    if (own.number !== number || own.checksum !== checksum) {
      throw new AppError('backups/other-version', {
        detail: `${what} was migrated with another text of ${own.name}.`,
      })
    }
  }
}
