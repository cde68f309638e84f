import { editLine } from '#conversations/edit-line.ts'
import { eraseLine } from '#conversations/erase-line.ts'
import { findKnownLines } from '#conversations/find-known-lines.ts'
import { markLineSeen } from '#conversations/mark-line-seen.ts'
import { openWindow } from '#conversations/open-window.ts'
import { reactToLine } from '#conversations/react-to-line.ts'
import { receiveLines } from '#conversations/receive-lines.ts'
import type { IncomingLine } from '#conversations/schema.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import type { Plan } from './plan-event.ts'

/** What became of one event. `wait`: look again later. */
export type Outcome = {
  readonly outcome:
    | 'stored'
    | 'duplicate'
    | 'ignored'
    | 'test'
    | 'not_understood'
    | 'unknown_account'
    | 'wait'
  readonly conversationId: string | null
  readonly detail: string | null
}

/**
 * Whether an echo is the trace of something sent here: it settled the part it fits, a part is still under way and
 * may turn out to be it, or nobody here sent it. Handed in by the worker, because sending is this slice's neighbour.
 */
export type SettleByEcho = (
  db: Queryable,
  echo: IncomingLine,
) => Promise<{ found: 'settled' | 'wait' | 'nobody'; conversationId: string | null }>

/** No send takes so long: what an echo has waited for in vain until then was somebody else's. */
const ECHO_WAIT_MS_MAX = 60_000

type Touched = Pick<Ports, 'clock' | 'random' | 'vault'>

/**
 * Carries out any number of plans in the caller's transaction: new lines first and together, then what refers to
 * lines, in the order Meta sent it.
 */
export async function carryOut(
  ports: Touched,
  db: Queryable,
  plans: readonly Plan[],
  settleByEcho: SettleByEcho,
): Promise<Outcome[]> {
  const outcomes = new Map<Plan, Outcome>()
  const lines = plans.filter((plan) => plan.do === 'line')
  const received = await receiveLines(
    ports,
    db,
    lines.map((plan) => plan.line),
  )
  lines.forEach((plan, n) => outcomes.set(plan, lineOutcome(received[n])))

  const echoes = plans.filter((plan) => plan.do === 'echo')
  const known = await findKnownLines(
    db,
    echoes.map((plan) => plan.line),
  )
  for (const [n, plan] of echoes.entries()) {
    const conversationId = known[n]
    outcomes.set(
      plan,
      conversationId === undefined
        ? await carryOutEcho(ports, db, plan, settleByEcho)
        : { outcome: 'duplicate', conversationId, detail: 'echo' },
    )
  }
  for (const plan of plans) {
    if (!outcomes.has(plan)) outcomes.set(plan, await carryOutOne(ports, db, plan))
  }
  return plans.map((plan) => outcomes.get(plan) ?? IGNORED)
}

const IGNORED: Outcome = { outcome: 'ignored', conversationId: null, detail: null }

function lineOutcome(received: { conversationId: string; isNew: boolean } | undefined): Outcome {
  if (received === undefined) return IGNORED
  return {
    outcome: received.isNew ? 'stored' : 'duplicate',
    conversationId: received.conversationId,
    detail: null,
  }
}

async function carryOutEcho(
  ports: Touched,
  db: Queryable,
  { line, receivedAtMs }: Extract<Plan, { do: 'echo' }>,
  settleByEcho: SettleByEcho,
): Promise<Outcome> {
  const { found, conversationId } = await settleByEcho(db, line)
  if (found === 'settled') return { outcome: 'stored', conversationId, detail: 'echo' }
  const mayWait = ports.clock.now() - receivedAtMs < ECHO_WAIT_MS_MAX
  if (found === 'wait' && mayWait) return { outcome: 'wait', conversationId, detail: 'echo' }
  const [received] = await receiveLines(ports, db, [line])
  return lineOutcome(received)
}

/** Events that refer to a line, one at a time: they are few. */
async function carryOutOne(ports: Touched, db: Queryable, plan: Plan): Promise<Outcome> {
  switch (plan.do) {
    case 'unsend':
      return referring(await eraseLine(ports, db, { ...plan.about, igsid: plan.igsid }))
    case 'edit':
      return referring(
        await editLine(ports, db, {
          ...plan.about,
          igsid: plan.igsid,
          text: plan.text,
          numEdit: plan.numEdit,
        }),
      )
    case 'reaction':
      if (plan.igsid !== undefined && plan.action === 'react') {
        await openWindow(db, { ...plan.about, igsid: plan.igsid })
      }
      return referring(await reactToLine(ports, db, { ...plan.about, ...plan }))
    case 'seen':
      return touching(await markLineSeen(db, plan.about))
    case 'window':
      return touching(await openWindow(db, { ...plan.about, igsid: plan.igsid }))
    case 'companion': {
      const [conversationId] = await findKnownLines(db, [plan.about])
      return {
        outcome: 'ignored',
        conversationId: conversationId ?? null,
        detail: 'edit companion',
      }
    }
    case 'nothing':
      return { outcome: plan.outcome, conversationId: null, detail: plan.detail }
    case 'line':
    case 'echo':
      throw new Error('lines and echoes are carried out together')
  }
}

function touching(conversationId: string | undefined): Outcome {
  return conversationId === undefined
    ? IGNORED
    : { outcome: 'stored', conversationId, detail: null }
}

function referring(found: { conversationId: string; isNew: boolean } | undefined): Outcome {
  if (found === undefined) return { ...IGNORED, detail: 'the message is not known here' }
  return {
    outcome: found.isNew ? 'stored' : 'duplicate',
    conversationId: found.conversationId,
    detail: null,
  }
}
