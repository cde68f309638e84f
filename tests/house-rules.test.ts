import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { test } from 'node:test'
import { reservedSettings, secretSettings, settings } from '@parley/server/settings.ts'

// Keeps ARCHITECTURE.md and .env.example true. Each check first asserts that it saw what it is about.

const SERVER = 'apps/server/src'
const LINES_MAX = 300

type Import = { readonly file: string; readonly from: string }

function sources(pattern: string): string[] {
  return globSync(pattern, { exclude: (path) => /node_modules|\/dist/.test(path) }).toSorted()
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const found = text.matchAll(
    /^(?:import|export)\s[^'"]*?from\s*'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...found].map((match) => ({ file, from: match[1] ?? match[2] ?? match[3] ?? '' }))
}

const isTest = (file: string): boolean => file.endsWith('.test.ts') || file.endsWith('.test.tsx')

/** The first folder below the server's `src`, or the file itself. */
function roomOf(file: string): string {
  return file.slice(SERVER.length + 1).split('/')[0] ?? ''
}

function readFloors(): Map<string, number> {
  const rows = readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| (\d+) \| `([a-z-]+)` \|/gm)
  return new Map([...rows].map(([, floor, slice]) => [slice ?? '', Number(floor)]))
}

const everything = sources('{apps,packages,bench,scripts,tests}/**/*.{ts,tsx,mjs}')
const server = sources(`${SERVER}/**/*.ts`)
const floors = readFloors()

test('nothing is imported by ../', () => {
  assert.ok(everything.length > 150)
  const wrong = everything.flatMap(importsOf).filter(({ from }) => from.startsWith('..'))
  assert.deepEqual(wrong, [])
})

test('every folder of the server is a known room or a slice with its floor', () => {
  const rooms = new Set(server.filter((file) => dirname(file) !== SERVER).map(roomOf))
  assert.ok(rooms.size > 8 && floors.size > 8)
  for (const room of rooms) {
    assert.ok(['cli', 'http', 'ports', 'testing'].includes(room) || floors.has(room), room)
  }
  for (const slice of floors.keys()) assert.ok(rooms.has(slice), `${slice} is a folder`)
})

test('a slice imports slices of a lower floor only', () => {
  let seen = 0
  const wrong: Import[] = []
  for (const found of server.filter((file) => !isTest(file)).flatMap(importsOf)) {
    const target = /^#([a-z-]+)\//.exec(found.from)?.[1] ?? ''
    const own = floors.get(roomOf(found.file))
    const other = floors.get(target)
    if (own === undefined || other === undefined) continue
    seen += 1
    if (other >= own) wrong.push(found)
  }
  assert.ok(seen > 50)
  assert.deepEqual(wrong, [])
})

test('ports import ports and packages only, http imports no slice', () => {
  const allowed: Record<string, RegExp> = {
    ports: /^(#ports\/|#config\.ts|#settings\.ts|@parley\/(contract|instagram)\/|[^#.]|\.\/)/,
    http: /^(#http\/|#ports\/|#config\.ts|@parley\/(contract|instagram)\/|[^#.]|\.\/)/,
  }
  const files = server.filter((file) => roomOf(file) in allowed && !isTest(file))
  assert.ok(files.length > 20)
  const wrong = files
    .flatMap(importsOf)
    .filter(({ file, from }) => allowed[roomOf(file)]?.test(from) !== true)
  assert.deepEqual(wrong, [])
})

test('a slice’s store, routes and tasks are its own', () => {
  let seen = 0
  const wrong: Import[] = []
  for (const found of server.flatMap(importsOf)) {
    const [, room, name] =
      /^#([a-z-]+)\/(store(?:-[a-z-]+)?|routes|tasks)\.ts$/.exec(found.from) ?? []
    if (room === undefined || name === undefined) continue
    seen += 1
    const mounts = name === 'routes' ? 'app.ts' : name === 'tasks' ? 'worker.ts' : ''
    // Tests of a slice mount its routes as app.ts does.
    const isMounted = roomOf(found.file) === 'testing' && name === 'routes'
    const isOwn = [room, mounts].includes(roomOf(found.file))
    if (!isOwn && !isMounted) wrong.push(found)
  }
  assert.ok(seen > 3)
  assert.deepEqual(wrong, [])
})

test('only tests import what is for tests', () => {
  const wrong = server
    .filter((file) => !isTest(file) && roomOf(file) !== 'testing')
    .flatMap(importsOf)
    .filter(({ from }) => from.startsWith('#testing/'))
  assert.deepEqual(wrong, [])
})

test('only main.ts reads the environment', () => {
  const readers = [...server, ...sources('packages/*/src/**/*.ts')]
    .filter((file) => !isTest(file) && roomOf(file) !== 'testing')
    .filter((file) => readFileSync(file, 'utf8').includes('process.env'))
  assert.deepEqual(readers, [`${SERVER}/main.ts`])
})

test('packages import no app and not each other, the dashboard the contract only, the simulator nothing of ours', () => {
  const allowed: readonly [string, RegExp][] = [
    ['packages/instagram/src/**/*.ts', /^@parley\/instagram\//],
    ['packages/contract/src/**/*.ts', /^@parley\/contract\//],
    ['apps/dashboard/src/**/*.{ts,tsx}', /^@parley\/contract\//],
    ['apps/simulator/src/**/*.ts', /^$/],
    [`${SERVER}/cli/**/*.ts`, /^@parley\/(contract|instagram|simulator)\//],
    [`${SERVER}/!(cli|testing)/**/!(*.test).ts`, /^@parley\/(contract|instagram)\//],
  ]
  for (const [pattern, own] of allowed) {
    const files = sources(pattern)
    assert.ok(files.length > 5, pattern)
    const wrong = files
      .flatMap(importsOf)
      .filter(({ from }) => from.startsWith('@parley/') && !own.test(from))
    assert.deepEqual(wrong, [])
  }
})

test('files are kebab-case, named after what they hold, and can be read in one sitting', () => {
  const files = everything.filter((file) => /\.tsx?$/.test(file))
  assert.ok(files.length > 150)
  const vague = /(^|-)(helpers?|utils?|managers?|services?|data|info|common|misc)(-|$)/
  for (const file of files) {
    const name = basename(file).replace(/(\.test|\.config)?\.tsx?$/, '')
    assert.match(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, file)
    assert.doesNotMatch(name, vague, file)
    const lines = readFileSync(file, 'utf8').split('\n').length - 1
    assert.ok(isTest(file) || lines <= LINES_MAX, `${file} has ${lines} lines`)
  }
})

test('every setting has its line in .env.example, and every line its setting', () => {
  const example = readFileSync('.env.example', 'utf8')
  const named = (line: RegExp): string[] =>
    [...example.matchAll(line)].map((match) => match[1] ?? '').toSorted()
  const known = Object.keys(settings).toSorted()
  assert.ok(known.length > 25)
  assert.deepEqual(named(/^([A-Z_]+)=/gm), known)
  // Without effect yet, so a copy of the file does not set them.
  assert.deepEqual(named(/^# ([A-Z_]+)=/gm), reservedSettings.toSorted())
  for (const name of secretSettings) {
    const text = readFileSync('.env.example', 'utf8')
    const comment = text
      .slice(0, text.indexOf(`\n${name}=`))
      .split('\n')
      .slice(-3)
      .join('\n')
    assert.match(comment, /\(secret\)/, `${name} says that it is a secret`)
  }
})

test('the operating page says which published settings have no effect yet', () => {
  const page = readFileSync('docs/operating.md', 'utf8')
  for (const name of reservedSettings) assert.ok(page.includes(name), name)
})

test('merged migrations are unchanged and numbered without gaps', () => {
  const files = sources('apps/server/migrations/*.sql')
  assert.ok(files.length >= 2)
  // Written by `npm run migrations:checksum`.
  const sums = JSON.parse(readFileSync('apps/server/migrations/checksums.json', 'utf8')) as unknown
  const found = files.map((file, index) => {
    assert.equal(Number(basename(file).slice(0, 4)), index + 1, file)
    return [basename(file), createHash('sha256').update(readFileSync(file)).digest('hex')]
  })
  assert.deepEqual(Object.fromEntries(found), sums)
})

test('the lock file holds every optional dependency it names, for every platform', () => {
  type Lock = { packages: Record<string, { optionalDependencies?: Record<string, string> }> }
  // npm's own format, version 3.
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  const paths = Object.keys(packages)
  let seen = 0
  for (const [path, entry] of Object.entries(packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      seen += 1
      const isThere = paths.some((other) => other.endsWith(`node_modules/${name}`))
      assert.ok(isThere, `${name}, named by ${path}`)
    }
  }
  assert.ok(seen > 20)
})
