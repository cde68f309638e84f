import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyAudit } from '#audit/verify-audit.ts'
import { systemClock } from '#ports/clock.ts'
import { openDatabase, sql } from '#ports/database.ts'
import type { Database, Queryable } from '#ports/database.ts'
import { systemRandom } from '#ports/random.ts'
import { sealedWorld } from '#testing/sealed-world.ts'
import { emptyDatabase } from '#testing/test-database.ts'
import { restoreBackup } from './restore-backup.ts'
import { writeBackup } from './write-backup.ts'

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'parley-backup-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

const onProgress = () => undefined

test('all', async () => {
  await using world = await sealedWorld()
  const { ports } = world
  using files = folder()
  const path = join(files.path, 'one.backup')
  const own = { url: ports.db.url, masterKeys: ports.config.encryptionKeys, clock: systemClock, random: systemRandom }
  console.log(await writeBackup(own, path, onProgress))
  console.log(statSync(path).size, readFileSync(path).subarray(0, 300).toString('latin1'))
  await using target = await emptyDatabase()
  console.log(await restoreBackup({ ...own, url: target.url }, path, { replace: undefined, onProgress }))
})
