import type { Migration } from '#ports/migrations.ts'

/** Tables and sequences the migrations make: `tenants`, `auth.user`. A database may hold others, which are not ours. */
export type OwnNames = { readonly tables: readonly string[]; readonly sequences: readonly string[] }

export function ownNames(migrations: readonly Migration[]): OwnNames {
  const text = migrations.map((migration) => migration.text).join('\n')
  const made = (what: string): string[] =>
    [...text.matchAll(new RegExp(`^create ${what} (?:if not exists )?([\\w."]+)`, 'gm'))].map(
      ([, name = '']) => name.replaceAll('"', ''),
    )
  return { tables: ['parley_migrations', ...made('table')], sequences: made('sequence') }
}
