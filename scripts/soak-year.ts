import { parseArgs } from 'node:util'
import { seedFrom } from '@parley/bench/seeded-random.ts'
import { liveThroughYear } from '#support/year.ts'

// The year of tests/faults/year.test.ts with thousands of connections. Prints what became of them; judges what the test judges.
const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '2000' },
    workers: { type: 'string', default: '6' },
    kills: { type: 'string', default: '24' },
    'step-days': { type: 'string', default: '5' },
  },
})
const connections = Number(values.connections)
const facebook = Math.floor(connections / 4)
const seed = seedFrom(process.env)
const print = (text: string): void => void process.stdout.write(`${text}\n`)
print(`seed ${seed}; PARLEY_TEST_SEED=${seed} repeats it`)
const beganMs = performance.now()
const year = await liveThroughYear({
  seed,
  instagram: connections - facebook,
  facebook,
  workers: Number(values.workers),
  stepDays: Number(values['step-days']),
  kills: Number(values.kills),
  say: print,
})
const { lost, ...figures } = year
print(JSON.stringify({ ...figures, minutes: (performance.now() - beganMs) / 60_000 }, null, 2))

const unstored = year.refreshesAtMeta - year.refreshesStored
const failures = [
  // A worker has five calls under way when it is killed.
  unstored < 0 || unstored > year.kills * 5 ? `${unstored} tokens of Meta were not stored` : '',
  year.refreshedTwice > 0 ? `${year.refreshedTwice} grants were refreshed twice` : '',
  year.expired > 0 ? `${year.expired} expired unnoticed` : '',
  year.byStatus['active'] === year.connections - year.revoked.length ? '' : 'others were lost too',
  lost.length === year.revoked.length ? '' : 'not every loss was told',
  lost.every(({ notices }) => notices === 1) ? '' : 'a loss was told more than once, or never',
].filter((text) => text !== '')
for (const failure of failures) print(`✖ ${failure}`)
print(failures.length === 0 ? '✔ nobody died silently' : 'the year was not lived through')
process.exitCode = failures.length === 0 ? 0 : 1
