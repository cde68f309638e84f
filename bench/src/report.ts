import { GOALS } from '#goals.ts'
import type { Goal, Samples } from '#goals.ts'
import { median } from '#statistics.ts'
import type { ContenderName } from '#contenders.ts'

/** What one sitting measured: per contender, one set of samples per round. */
export type Sitting = {
  readonly at: string
  readonly machine: string
  readonly options: Readonly<Record<string, string | number>>
  readonly rounds: Readonly<Record<ContenderName, readonly Samples[]>>
  /** What the checker found, per contender: a run of ours with any is a failed run. */
  readonly violations: Readonly<Record<ContenderName, readonly string[]>>
  readonly notes: readonly string[]
}

export type Row = {
  readonly goal: string
  readonly measure: string
  readonly n: number
  readonly parley: string
  readonly bare: string
  readonly naive: string
  readonly ratio: string
  readonly floor: string
  readonly target: string
  readonly met: 'goal' | 'floor' | 'no' | 'not measured'
}

const CONTENDERS = ['parley', 'bare', 'naive'] as const

export function rowsOf(sitting: Sitting): Row[] {
  return GOALS.map((goal) => rowOf(goal, sitting))
}

function rowOf(goal: Goal, sitting: Sitting): Row {
  const values = (name: ContenderName): number[] =>
    sitting.rounds[name]
      .map(
        (samples) => samples[name === 'parley' ? goal.figure : (goal.againstFigure ?? goal.figure)],
      )
      .filter((value) => value !== undefined)
  const [parley, bare, naive] = CONTENDERS.map((name) => median(values(name)))
  const of = { parley: parley ?? Number.NaN, bare: bare ?? Number.NaN, naive: naive ?? Number.NaN }
  const ratio = goal.against === undefined ? Number.NaN : of.parley / of[goal.against]
  return {
    goal: goal.name,
    measure: goal.measure,
    n: values('parley').length,
    parley: shown(of.parley, goal.unit),
    bare: shown(of.bare, goal.unit),
    naive: shown(of.naive, goal.unit),
    ratio: Number.isNaN(ratio) ? '–' : `${ratio.toFixed(2)} × ${goal.against}`,
    floor: goal.floor,
    target: goal.goal,
    met: verdict(goal, of, sitting),
  }
}

function verdict(goal: Goal, of: Parameters<Goal['meetsFloor']>[0], sitting: Sitting): Row['met'] {
  if (Number.isNaN(of.parley)) return 'not measured'
  if (goal.against !== undefined && Number.isNaN(of[goal.against])) return 'not measured'
  // One lost, doubled or out-of-order reply fails the sitting, whatever its speed.
  if (sitting.violations.parley.length > 0) return 'no'
  if (goal.meetsGoal(of)) return 'goal'
  return goal.meetsFloor(of) ? 'floor' : 'no'
}

function shown(value: number, unit: string): string {
  if (Number.isNaN(value)) return '–'
  if (!Number.isFinite(value)) return 'never'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${value.toFixed(digits).replaceAll(/\B(?=(\d{3})+$)/g, ',')}${unit}`
}

const HEADINGS = [
  '',
  'measure',
  'n',
  'parley',
  'bare',
  'naive',
  'ratio',
  'floor',
  'goal',
  'met',
] as const

function cellsOf(row: Row): string[] {
  return [
    row.goal,
    row.measure,
    String(row.n),
    row.parley,
    row.bare,
    row.naive,
    row.ratio,
    row.floor,
    row.target,
    row.met,
  ]
}

/** For a terminal. */
export function textTable(rows: readonly Row[]): string {
  const lines = [[...HEADINGS], ...rows.map(cellsOf)]
  const widths = HEADINGS.map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  )
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function markdown(sitting: Sitting): string {
  const table = [
    `| ${HEADINGS.join(' | ')} |`,
    `| ${HEADINGS.map(() => '---').join(' | ')} |`,
    ...rowsOf(sitting).map((row) => `| ${cellsOf(row).join(' | ')} |`),
  ]
  return [
    `# ${sitting.at}`,
    '',
    sitting.machine,
    '',
    ...table,
    '',
    ...CONTENDERS.filter((name) => name !== 'bare').map(
      (name) => `- ${name}, lost, doubled or out of order: ${violationsOf(sitting, name)}`,
    ),
    ...sitting.notes.map((note) => `- ${note}`),
    '',
  ].join('\n')
}

export function violationsOf(sitting: Sitting, name: ContenderName): string {
  const found = sitting.violations[name]
  return found.length === 0 ? 'none' : found.join(' / ')
}
