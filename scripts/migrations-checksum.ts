import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

// Adds the sums of new migrations. The sum of a published one never changes: databases remember it.
const folder = 'apps/server/migrations'
const sums = globSync(`${folder}/*.sql`)
  .toSorted()
  .map((path) => [basename(path), createHash('sha256').update(readFileSync(path)).digest('hex')])
writeFileSync(`${folder}/checksums.json`, `${JSON.stringify(Object.fromEntries(sums), null, 2)}\n`)
