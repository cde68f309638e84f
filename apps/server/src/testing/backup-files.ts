import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { restoreBackup } from '#backups/restore-backup.ts'
import type { RestoredBackup } from '#backups/restore-backup.ts'
import { writeBackup } from '#backups/write-backup.ts'
import type { WrittenBackup } from '#backups/write-backup.ts'
import { systemClock } from '#ports/clock.ts'
import { openDatabase, sql } from '#ports/database.ts'
import type { Database } from '#ports/database.ts'
import { openLongSession } from '#ports/long-session.ts'
import type { MasterKey } from '#ports/master-keys.ts'
import { systemRandom } from '#ports/random.ts'
import { openVault } from '#ports/vault.ts'
import { eventually } from './pipeline.ts'

export const masterKey = (kid: string, byte: number): MasterKey => ({
  kid,
  key: new Uint8Array(32).fill(byte),
})

/** What `testConfig` has. */
export const KEYS = [masterKey('test', 7)] as const

/** A folder for backups, gone with the test. */
export function backupFolder() {
  const path = mkdtempSync(join(tmpdir(), 'parley-backup-'))
  return {
    path,
    file: (name = 'one.backup') => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  }
}

export async function backUp(
  url: string,
  path: string,
  masterKeys: readonly MasterKey[] = KEYS,
): Promise<WrittenBackup> {
  const ports = { url, masterKeys, clock: systemClock, random: systemRandom }
  return await writeBackup(ports, path, () => undefined)
}

export async function restore(
  url: string,
  path: string,
  options: { replace?: string; masterKeys?: readonly MasterKey[] } = {},
): Promise<RestoredBackup> {
  const { replace, masterKeys = KEYS } = options
  const ports = { url, masterKeys, clock: systemClock, random: systemRandom }
  return await restoreBackup(ports, path, { replace, onProgress: () => undefined })
}

/** Sessions for the length of one look: a restore wants the database for itself. */
export async function look<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  try {
    await using db = openDatabase({ url, connectionsMax: 2, onError: () => undefined })
    return await work(db)
  } finally {
    // A pool ends before the server has seen its sessions end.
    await using session = await openLongSession(url, 'test')
    await eventually('its sessions to end', async () => {
      const left = await session.many(sql`
        select 1 from pg_stat_activity where datname = current_database() and application_name = 'parley'`)
      return left.length === 0
    })
  }
}

/** A tenant with its key, as the product makes one. */
export async function addTenant(db: Database, id: string): Promise<void> {
  const vault = await openVault(db, KEYS, { clock: systemClock, random: systemRandom })
  await db.transaction(async (tx) => {
    await tx.run(sql`
      insert into tenants (id, name, timezone, created_at, updated_at) values (${id}, ${id}, 'UTC', now(), now())`)
    await vault.createTenantKey(tx, id)
  })
}

/** Every row of every table of ours, as text. */
export async function everything(db: Database): Promise<Map<string, string[]>> {
  const tables = await db.many<{ name: string }>(sql`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname in ('public', 'auth') order by 1`)
  const all = new Map<string, string[]>()
  for (const { name } of tables) {
    const rows = await db.many<{ row: string }>({
      text: `select t::text as row from ${name} t order by 1`,
      values: [],
      name: '',
    })
    all.set(
      name,
      rows.map(({ row }) => row),
    )
  }
  return all
}
