import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Written by `scripts/setup.mjs`. */
const MARK = 'node_modules/.parley-promtool'

const program =
  process.env['PARLEY_TEST_PROMTOOL'] ?? (existsSync(MARK) ? readFileSync(MARK, 'utf8').trim() : '')

/** For a test's `skip`: why it cannot run, or false. */
export const noPromtool =
  program === '' ? 'promtool was not found: install Prometheus, or run npm test online' : false

/** Runs Prometheus' own checker. @returns its exit code, and all it printed. */
export function promtool(
  args: readonly string[],
  options: { cwd?: string; input?: string } = {},
): { code: number | null; text: string } {
  const done = spawnSync(program, args, { ...options, encoding: 'utf8', timeout: 120_000 })
  return { code: done.status, text: `${done.stdout}${done.stderr}` }
}
