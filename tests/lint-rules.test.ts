import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'

// Each rule of ours meets a file that breaks it, under the real configuration: a rule that is misspelt or switched off
// by an override says nothing, and silence looks like success.

const above = `import { x } from '../x.ts'\nexport const y = x\n`
const planted: readonly { path: string; text: string; rule: string }[] = [
  // `../` is refused in every corner an override reaches.
  ...[
    'apps/server/src/room/above.ts',
    'apps/server/src/room/above.test.ts',
    'apps/server/src/ports/above.ts',
    'apps/server/src/testing/above.ts',
    'apps/simulator/src/ports/above.ts',
    'apps/dashboard/src/pages/above.tsx',
    'packages/contract/src/errors/above.ts',
    'scripts/deep/above.ts',
    'tests/deep/above.ts',
    'bench/src/above.ts',
  ].map((path) => ({ path, text: above, rule: 'no-restricted-imports' })),
  ...['apps/server/src/room', 'apps/simulator/src/room', 'packages/instagram/src'].flatMap(
    (folder) => [
      {
        path: `${folder}/network.ts`,
        text: `export const call = async () => await fetch('https://example.com')\n`,
        rule: 'no-restricted-globals',
      },
      {
        path: `${folder}/time.ts`,
        text: `export const at = () => Date.now()\n`,
        rule: 'no-restricted-properties',
      },
      {
        path: `${folder}/chance.ts`,
        text: `export const n = () => Math.random()\n`,
        rule: 'no-restricted-properties',
      },
      {
        path: `${folder}/ambient.ts`,
        text: `export const home = () => process.env['HOME']\n`,
        rule: 'no-restricted-properties',
      },
    ],
  ),
  {
    path: 'apps/server/src/room/floating.ts',
    text: `const work = async (): Promise<void> => {}\nexport function go(): void {\n  work()\n}\n`,
    rule: 'no-floating-promises',
  },
  {
    path: 'apps/server/src/room/misused.ts',
    text: `const work = async (): Promise<boolean> => true\nexport function go(): number {\n  if (work()) return 1\n  return 2\n}\n`,
    rule: 'no-misused-promises',
  },
  {
    path: 'apps/server/src/room/anything.ts',
    text: `export const x = (value: any): string => String(value)\n`,
    rule: 'no-explicit-any',
  },
  {
    path: 'apps/server/src/room/sure.ts',
    text: `export const x = (value: string | undefined): string => value!\n`,
    rule: 'no-non-null-assertion',
  },
  {
    path: 'apps/server/src/room/type-import.ts',
    text: `import { Server } from 'node:http'\nexport const x = (server: Server): boolean => server.listening\n`,
    rule: 'consistent-type-imports',
  },
  {
    path: 'apps/server/src/room/half-a-switch.ts',
    text: `export function x(value: 'a' | 'b'): void {\n  switch (value) {\n    case 'a':\n      break\n  }\n}\n`,
    rule: 'switch-exhaustiveness-check',
  },
  {
    path: 'apps/server/src/room/default.ts',
    text: `export default 1\n`,
    rule: 'no-default-export',
  },
  {
    path: 'apps/server/src/room/swallow.ts',
    text: `export function x(work: () => void): void {\n  try {\n    work()\n  } catch {}\n}\n`,
    rule: 'no-empty',
  },
  {
    path: 'apps/server/src/room/round-a.ts',
    text: `import { b } from './round-b.ts'\nexport const a = (): number => b()\n`,
    rule: 'no-cycle',
  },
  {
    path: 'apps/server/src/room/long.ts',
    text: `${'// line\n'.repeat(300)}export const x = 1\n`,
    rule: 'max-lines',
  },
  {
    path: 'apps/server/src/room/long-function.ts',
    text: `export function x(): number {\n  let n = 0\n${'  n += 1\n'.repeat(70)}  return n\n}\n`,
    rule: 'max-lines-per-function',
  },
]
const clean = [
  { path: 'apps/server/src/room/clean.ts', text: `export const x = (): number => 1\n` },
  { path: 'apps/server/src/ports/time.ts', text: `export const at = (): number => Date.now()\n` },
  { path: 'apps/server/src/main.ts', text: `export const home = process.env['HOME']\n` },
]

type Report = { diagnostics: { code: string; filename: string }[] }

describe('the lint configuration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-lint-'))
  let found: Report['diagnostics'] = []

  before(() => {
    for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
      copyFileSync(name, join(folder, name))
    }
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
    const helpers = [
      {
        path: 'apps/server/src/room/round-b.ts',
        text: `import { a } from './round-a.ts'\nexport const b = (): number => a()\n`,
      },
    ]
    for (const { path, text } of [...planted, ...clean, ...helpers]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const linter = resolve('node_modules/oxlint/bin/oxlint')
    const done = spawnSync(process.execPath, [linter, '--format=json'], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    // oxlint's own format.
    found = (JSON.parse(done.stdout) as Report).diagnostics
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const { path, rule } of planted) {
    test(`${rule} is seen in ${path}`, () => {
      const codes = found.filter(({ filename }) => filename === path).map(({ code }) => code)
      assert.ok(
        codes.some((code) => code.endsWith(`(${rule})`)),
        `found only ${codes.join(', ') || 'nothing'}`,
      )
    })
  }

  for (const { path } of clean) {
    test(`nothing is found in ${path}, which breaks no rule`, () => {
      assert.deepEqual(
        found.filter(({ filename }) => filename === path),
        [],
      )
    })
  }
})
