import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { ContenderName } from '#contenders.ts'
import { lookInto, LOOKS } from '#look.ts'
import { markdown, rowsOf, textTable, violationsOf } from '#report.ts'
import { FULL, QUICK, sit } from '#sitting.ts'

const HELP = `npm run bench [-- options]
  --quick                one short round; says whether it works, not how fast it is
  --rounds <n>           instead of 3
  --only <names>         of parley, bare, naive; comma between them
  --apart                web and worker as two processes
  --graph-ms <n>         how long the stand-in for Meta takes to answer
  --look <measure>       where Parley's time goes in acks, replies, piled-up or latency; measures nothing else
`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    apart: { type: 'boolean', default: false },
    'graph-ms': { type: 'string' },
    look: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const look = LOOKS.find((name) => name === values.look)

if (values.help || (values.look !== undefined && look === undefined)) {
  process.stdout.write(HELP)
} else if (look !== undefined) {
  await lookInto(look, values.apart ? 'apart' : 'together', print)
} else {
  const usual = values.quick ? QUICK : FULL
  const known = (name: string): name is ContenderName => ['parley', 'bare', 'naive'].includes(name)
  const sitting = await sit(
    {
      ...usual,
      rounds: Number(values.rounds ?? usual.rounds),
      contenders: values.only?.split(',').filter(known) ?? usual.contenders,
      shape: values.apart ? 'apart' : 'together',
      graphMs: Number(values['graph-ms'] ?? usual.graphMs),
    },
    print,
  )
  print(`\n${textTable(rowsOf(sitting))}\n`)
  for (const name of ['parley', 'naive'] as const) {
    const found = violationsOf(sitting, name)
    print(`${name}, lost, doubled or out of order: ${found}`)
  }
  const directory = new URL('../results/', import.meta.url).pathname
  mkdirSync(directory, { recursive: true })
  // A short run is for looking at, not for keeping.
  const stem = `${directory}${values.quick ? 'quick' : sitting.at.slice(0, 16).replace(':', '')}`
  const ending = values.quick ? '.tmp' : ''
  const data = JSON.stringify({ ...sitting, rows: rowsOf(sitting) }, null, 2)
  writeFileSync(`${stem}.json${ending}`, `${data}\n`)
  writeFileSync(`${stem}.md${ending}`, markdown(sitting))
  print(`written to ${stem}.md${ending} and .json${ending}`)
  if (sitting.violations.parley.length > 0) process.exitCode = 1
}
