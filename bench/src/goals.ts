/** The figures of one contender in one round; what it cannot have is left out. */
export type Samples = {
  readonly acks?: number
  readonly acksAlone?: number
  readonly acksWhileReplying?: number
  readonly ackP99?: number
  readonly replies?: number
  readonly repliesPiledUp?: number
  readonly replyP50?: number
  readonly replyP99?: number
  readonly cpuMsPerMessage?: number
  readonly idleMb?: number
  readonly peakMb?: number
  readonly firstAckMs?: number
  readonly firstAckAfterKillMs?: number
}

export type Figure = keyof Samples

type Medians = { readonly parley: number; readonly bare: number; readonly naive: number }

/** One row of speed.md: what is compared with what, the least we accept, and what we want. */
export type Goal = {
  readonly name: string
  readonly measure: string
  readonly figure: Figure
  readonly unit: string
  /** What Parley's figure is divided by. */
  readonly against?: 'bare' | 'naive'
  /** The other contenders' figure where it is another one than Parley's. */
  readonly againstFigure?: Figure
  readonly floor: string
  readonly goal: string
  meetsFloor(of: Medians): boolean
  meetsGoal(of: Medians): boolean
}

function atLeast(
  against: 'bare' | 'naive',
  floor: number,
  goal: number,
): Pick<Goal, 'against' | 'floor' | 'goal' | 'meetsFloor' | 'meetsGoal'> {
  return {
    against,
    floor: `≥ ${floor.toFixed(2)} ×`,
    goal: `≥ ${goal.toFixed(2)} ×`,
    meetsFloor: (of) => of.parley / of[against] >= floor,
    meetsGoal: (of) => of.parley / of[against] >= goal,
  }
}

function atMost(
  floor: number,
  goal: number,
): Pick<Goal, 'floor' | 'goal' | 'meetsFloor' | 'meetsGoal'> {
  return {
    floor: `≤ ${floor}`,
    goal: `≤ ${goal}`,
    meetsFloor: ({ parley }) => parley <= floor,
    meetsGoal: ({ parley }) => parley <= goal,
  }
}

export const GOALS: readonly Goal[] = [
  {
    name: 'G1',
    measure: 'durable acks, 64 connections, automation off',
    figure: 'acks',
    unit: '/s',
    ...atLeast('bare', 0.25, 0.45),
  },
  {
    name: 'G1b',
    measure: 'durable acks of `parley web` alone',
    figure: 'acksAlone',
    againstFigure: 'acks',
    unit: '/s',
    ...atLeast('bare', 0.25, 0.45),
  },
  {
    name: 'G2',
    measure: 'durable acks while replies are sent',
    figure: 'acksWhileReplying',
    againstFigure: 'acks',
    unit: '/s',
    ...atLeast('bare', 0.1, 0.22),
  },
  {
    name: 'G3',
    measure: 'ack p99 at 100/s',
    figure: 'ackP99',
    unit: ' ms',
    against: 'naive',
    floor: '≤ 2 ×',
    goal: '≤ 1.2 × and ≤ 10 ms',
    meetsFloor: ({ parley, naive }) => parley <= 2 * naive,
    meetsGoal: ({ parley, naive }) => parley <= 1.2 * naive && parley <= 10,
  },
  {
    name: 'G4',
    measure: 'replies, 64 under way',
    figure: 'replies',
    unit: '/s',
    ...atLeast('naive', 1, 1.3),
  },
  {
    name: 'G4b',
    measure: 'lines answered, 64 connections, piled up',
    figure: 'repliesPiledUp',
    unit: '/s',
    ...atLeast('naive', 1, 1.3),
  },
  {
    name: 'G5',
    measure: 'webhook sent to reply visible at 100/s, p50',
    figure: 'replyP50',
    unit: ' ms',
    ...atMost(10, 3),
  },
  {
    name: 'G5',
    measure: 'webhook sent to reply visible at 100/s, p99',
    figure: 'replyP99',
    unit: ' ms',
    ...atMost(40, 12),
  },
  {
    name: 'G9',
    measure: 'processor time per message (server only)',
    figure: 'cpuMsPerMessage',
    unit: ' ms',
    against: 'naive',
    floor: '≤ 1.2 ×',
    goal: '≤ 0.6 ×',
    meetsFloor: ({ parley, naive }) => parley <= 1.2 * naive,
    meetsGoal: ({ parley, naive }) => parley <= 0.6 * naive,
  },
  { name: 'G10', measure: 'memory, idle', figure: 'idleMb', unit: ' MB', ...atMost(200, 120) },
  {
    name: 'G10',
    measure: 'memory, peak in G4',
    figure: 'peakMb',
    unit: ' MB',
    ...atMost(400, 200),
  },
  {
    name: 'G11',
    measure: 'process start to first ack',
    figure: 'firstAckMs',
    unit: ' ms',
    ...atMost(3_000, 1_000),
  },
  {
    name: 'G11',
    measure: 'the same after kill -9',
    figure: 'firstAckAfterKillMs',
    unit: ' ms',
    ...atMost(3_000, 1_000),
  },
]
