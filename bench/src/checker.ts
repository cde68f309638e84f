import { tokensIn } from '#line.ts'

/** One line as its sender knows it. Times on one monotonic clock; every attempt of a repeated line counts as one line. */
export type SentLine = {
  readonly token: string
  readonly accountId: string
  readonly igsid: string
  /** When its first attempt left. */
  readonly sentAtMs: number
  /** When it was first answered 200; undefined: never. */
  readonly ackedAtMs: number | undefined
  /** Signed wrongly, or with nobody's secret: it must change nothing. */
  readonly forged?: boolean
}

/** One message a person sees in a thread, in the order they became visible. */
export type VisibleReply = {
  readonly accountId: string
  readonly igsid: string
  readonly text: string
  readonly atMs: number
}

export type History = {
  readonly lines: readonly SentLine[]
  readonly replies: readonly VisibleReply[]
  /** Tokens of lines that are with a human, each for a stated reason. */
  readonly withHuman?: ReadonlyMap<string, string>
}

export type Violation = {
  readonly invariant: 'I1' | 'I2' | 'I3'
  readonly kind:
    | 'lost'
    | 'doubled'
    | 'answered and with a human'
    | 'misrouted'
    | 'invented'
    | 'out of order'
    | 'forged line acknowledged'
    | 'forged line answered'
  readonly token: string
  readonly detail: string
}

/** Where a token became visible: the place in its thread, then the place in that answer. */
type Appearance = { readonly reply: number; readonly place: number; readonly atMs: number }

/**
 * Judges a finished run by what was sent and what became visible, and by nothing the server says of itself.
 *
 * I1 every acknowledged line is covered by exactly one visible answer, or is with a human for a stated reason; a line never
 * acknowledged may be answered once or not at all. I2 answers follow the order of lines. I3 nothing unsigned changes state.
 */
export function findViolations(history: History): Violation[] {
  const { appearances, violations } = locate(history)
  for (const line of history.lines) {
    const found = appearances.get(line.token) ?? []
    violations.push(
      ...(line.forged === true ? judgeForged(line, found) : judge(line, found, history)),
    )
  }
  violations.push(...findDisorder(history.lines, appearances))
  return violations
}

function locate(history: History): {
  appearances: Map<string, Appearance[]>
  violations: Violation[]
} {
  const violations: Violation[] = []
  const threads = new Map(history.lines.map((line) => [line.token, threadKey(line)]))
  const appearances = new Map<string, Appearance[]>()
  const shown = new Map<string, number>()
  for (const reply of history.replies) {
    const key = threadKey(reply)
    const position = shown.get(key) ?? 0
    shown.set(key, position + 1)
    for (const [place, token] of tokensIn(reply.text).entries()) {
      const expected = threads.get(token)
      if (expected === undefined) {
        violations.push({ invariant: 'I1', kind: 'invented', token, detail: `in ${key}` })
      } else if (expected === key) {
        const found = appearances.get(token) ?? []
        appearances.set(token, [...found, { reply: position, place, atMs: reply.atMs }])
      } else {
        const detail = `from ${expected}, seen in ${key}`
        violations.push({ invariant: 'I1', kind: 'misrouted', token, detail })
      }
    }
  }
  return { appearances, violations }
}

function judge(line: SentLine, found: readonly Appearance[], history: History): Violation[] {
  const { token } = line
  const reason = history.withHuman?.get(token)
  const violation = (kind: Violation['kind'], detail: string): Violation[] => [
    { invariant: 'I1', kind, token, detail },
  ]
  if (found.length > 1) {
    return violation('doubled', `visible ${found.length} times in ${threadKey(line)}`)
  }
  if (found.length === 1 && reason !== undefined) {
    return violation('answered and with a human', `with a human: ${reason}`)
  }
  if (found.length === 0 && line.ackedAtMs !== undefined && reason === undefined) {
    return violation('lost', `acknowledged, never answered in ${threadKey(line)}`)
  }
  return []
}

function judgeForged(line: SentLine, found: readonly Appearance[]): Violation[] {
  const { token } = line
  if (found.length > 0) {
    return [{ invariant: 'I3', kind: 'forged line answered', token, detail: threadKey(line) }]
  }
  if (line.ackedAtMs === undefined) return []
  return [{ invariant: 'I3', kind: 'forged line acknowledged', token, detail: threadKey(line) }]
}

/**
 * Two lines of a thread have an order only if one was acknowledged before the other left; lines in flight together may be
 * answered either way. In the order of answers, no line may have left after a later-answered one was acknowledged.
 */
function findDisorder(
  lines: readonly SentLine[],
  appearances: ReadonlyMap<string, readonly Appearance[]>,
): Violation[] {
  const threads = Map.groupBy(
    lines.filter((line) => line.forged !== true && appearances.get(line.token)?.length === 1),
    threadKey,
  )
  const violations: Violation[] = []
  for (const [key, thread] of threads) {
    const answered = thread
      .flatMap((line) => (appearances.get(line.token) ?? []).map((at) => ({ line, at })))
      .toSorted((a, b) => a.at.reply - b.at.reply || a.at.place - b.at.place)
    let latest: SentLine | undefined
    for (const { line } of answered) {
      if (latest !== undefined && (line.ackedAtMs ?? Infinity) < latest.sentAtMs) {
        const detail = `answered after ${latest.token}, which left later, in ${key}`
        violations.push({ invariant: 'I2', kind: 'out of order', token: line.token, detail })
      }
      if (latest === undefined || line.sentAtMs > latest.sentAtMs) latest = line
    }
  }
  return violations
}

function threadKey(thread: { readonly accountId: string; readonly igsid: string }): string {
  return `${thread.accountId}/${thread.igsid}`
}

/** "2 lost, 1 doubled; first: …", or "none". */
export function describeViolations(violations: readonly Violation[]): string {
  if (violations.length === 0) return 'none'
  const kinds = Map.groupBy(violations, ({ kind }) => kind)
  const counts = [...kinds].map(([kind, all]) => `${all.length} ${kind}`)
  const [first] = violations
  return `${counts.join(', ')}; first: ${first?.token} ${first?.kind}, ${first?.detail}`
}
