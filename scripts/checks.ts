import { runStep } from './run-step.ts'
import type { Counts, Step } from './run-step.ts'

const reporter = new URL('./test-reporter.mjs', import.meta.url).href
const bin = (name: string): string => `node_modules/.bin/${name}`

/** What holds without running the product. Each is one check in the count; house rules count one by one. */
const steps: readonly (readonly Step[])[] = [
  [
    { name: 'format', command: bin('oxfmt'), args: ['--check', '.'] },
    { name: 'lint', command: bin('oxlint'), args: ['--deny-warnings'] },
  ],
  [
    { name: 'types', command: bin('tsc'), args: ['-p', '.'] },
    { name: 'types of the dashboard', command: bin('tsc'), args: ['-p', 'apps/dashboard'] },
  ],
  [
    { name: 'dead code', command: bin('knip'), args: [] },
    // What only tests use is no dead code, but a file or a package only tests use does not belong to the product.
    {
      name: 'dead code in production',
      command: bin('knip'),
      args: ['--production', '--include', 'files,dependencies,unlisted,unresolved'],
    },
  ],
]

/** Runs two at a time. */
export async function runChecks(): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, notRun: [] }
  for (const pair of steps) {
    const done = await Promise.all(
      pair.map(async (step) => ({ step, ...(await runStep(step, 'on-failure')) })),
    )
    for (const { step, ok, output } of done) {
      if (ok) counts.passed += 1
      else counts.failed += 1
      process.stdout.write(`check: ${step.name} ${ok ? 'passed' : `FAILED\n${output}`}\n`)
    }
  }
  const house = await runTests('house rules', ['tests/house-rules.test.ts'], {})
  return add(counts, house)
}

/** Runs test files two at a time, or one by one when they measure or fill the machine. */
export async function runTests(
  name: string,
  files: readonly string[],
  env: Readonly<Record<string, string>>,
  concurrency = 2,
): Promise<Counts> {
  process.stdout.write(`${name}\n`)
  const args = ['--test', `--test-concurrency=${concurrency}`, `--test-reporter=${reporter}`]
  const step = { name, command: process.execPath, args: [...args, ...files], env }
  const { ok, counts } = await runStep(step, 'always')
  const result = counts ?? { passed: 0, failed: 0, skipped: 0, notRun: [] }
  // A file that dies before its first test fails no test.
  if (!ok && result.failed === 0) result.failed = 1
  process.stdout.write(
    `check: ${name} ${result.failed === 0 ? 'passed' : 'FAILED'} (${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped)\n`,
  )
  return result
}

export function add(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
    notRun: [...one.notRun, ...other.notRun],
  }
}

/** The last line stands alone, for whoever reads only that. */
export function printCounts(counts: Counts): void {
  for (const name of counts.notRun) process.stdout.write(`not run: ${name}\n`)
  process.stdout.write(
    `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
  )
}
