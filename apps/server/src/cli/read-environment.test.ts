import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readEnvironment } from './read-environment.ts'
import { foreignSettings } from '#settings.ts'

function folderWith(files: Readonly<Record<string, string>>): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'parley-environment-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('the environment wins over .env, and an empty variable does not hide a line of it', () => {
  using folder = folderWith({ '.env': 'PORT=4000\nPARLEY_URL="https://x.example"\n' })
  const { environment } = readEnvironment({ PORT: '5000', PARLEY_URL: '' }, folder.path)
  assert.equal(environment['PORT'], '5000')
  assert.equal(environment['PARLEY_URL'], 'https://x.example')
})

test('an empty line of .env sets nothing: a copied example demands no database', () => {
  using folder = folderWith({ '.env': 'DATABASE_URL=\nPORT=\nPARLEY_URL= \n' })
  assert.deepEqual(readEnvironment({}, folder.path).environment, {})
})

test('a secret may come from a file, without its last newline', () => {
  using folder = folderWith({ key: 'from-a-file\n' })
  const read = readEnvironment({ PARLEY_API_KEY_FILE: join(folder.path, 'key') }, folder.path)
  assert.equal(read.environment['PARLEY_API_KEY'], 'from-a-file')
  assert.deepEqual(read.problems, [])
  assert.deepEqual(read.warnings, [])
})

test('a secret given twice, and a file that cannot be read, are problems', () => {
  using folder = folderWith({ key: 'x' })
  const path = join(folder.path, 'key')
  const twice = readEnvironment({ PARLEY_API_KEY_FILE: path, PARLEY_API_KEY: 'y' }, folder.path)
  assert.equal(twice.problems[0]?.name, 'PARLEY_API_KEY')
  const missing = readEnvironment({ PARLEY_SECRET_FILE: `${path}.not` }, folder.path)
  assert.equal(missing.problems[0]?.name, 'PARLEY_SECRET_FILE')
})

test('every foreign name gives one warning that says what to use, and changes nothing', () => {
  using folder = folderWith({})
  const names = Object.keys(foreignSettings)
  assert.equal(names.length, 10)
  const given = Object.fromEntries(names.map((name) => [name, 'x']))
  const { warnings, environment } = readEnvironment(given, folder.path)
  assert.equal(warnings.length, 10)
  for (const name of names) assert.ok(warnings.some((warning) => warning.startsWith(`${name} `)))
  assert.equal(environment['INSTAGRAM_APP_ID'], undefined)
})

test('a misspelt setting and one without effect are named', () => {
  using folder = folderWith({})
  const { warnings } = readEnvironment(
    { PARLEY_APIKEY: 'x', AI_API_KEY: 'x', AI_MODEL: 'x', PATH: '/' },
    folder.path,
  )
  assert.deepEqual(warnings, [
    'PARLEY_APIKEY is no setting; is it misspelt?',
    'AI_API_KEY has no effect in this version.',
    'AI_MODEL has no effect in this version.',
  ])
})
