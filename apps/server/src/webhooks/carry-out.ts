import { forgetSaid } from '#automation/forget-said.ts'
import { editLine } from '#conversations/edit-line.ts'
import { eraseLine } from '#conversations/erase-line.ts'
import { findKnownLines } from '#conversations/find-known-lines.ts'
import { holdConversations } from '#conversations/hold-conversations.ts'
import type { Concerned, Held, Whom } from '#conversations/hold-conversations.ts'
import { holdLanes } from '#conversations/hold-lanes.ts'
import { markLineSeen } from '#conversations/mark-line-seen.ts'
import { openWindow } from '#conversations/open-window.ts'
import { reactToLine } from '#conversations/react-to-line.ts'
import { receiveLines } from '#conversations/receive-lines.ts'
import type { AnswersAtOnce } from '#conversations/answers-at-once.ts'
import type { IncomingLine } from '#conversations/schema.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import type { Plan } from './plan-event.ts'
import { MISSING } from './store-missing.ts'

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
/** An unsend or edit that names nobody may outrun its line by so much. */
const LINE_WAIT_MS_MAX = 60_000
/** So long after its companion a message has come, or it is read. */
const COMPANION_WAIT_MS_MAX = 10_000

/** What sending does in the transaction that stores lines. */
export type Sender = {
  readonly settleByEcho: SettleByEcho
  /** Left out where lines are to wait for their answers. */
  readonly answers?: AnswersAtOnce
}

type Touched = HostEventPorts

/**
 * Carries out any number of plans in the caller's transaction: locks every conversation they are about, then stores
 * new lines together, then does what refers to lines, in the order Meta sent it.
 */
export async function carryOut(
  ports: Touched,
  db: Queryable,
  plans: readonly Plan[],
  { settleByEcho, answers }: Sender,
): Promise<Outcome[]> {
  const outcomes = new Map<Plan, Outcome>()
  const held = await holdConversations(ports, db, concernedBy(plans))
  const echoes = plans.filter((plan) => plan.do === 'echo')
  const known = await findKnownLines(
    db,
    echoes.map((plan) => plan.line),
  )
  const wakesOneByOne =
    known.includes(undefined) || plans.some((plan) => plan.do === 'unsend' || plan.do === 'edit')
  if (wakesOneByOne) await holdLanes(db, [...held.values()])

  const lines = plans.filter((plan) => plan.do === 'line')
  const received = await receiveLines(
    ports,
    db,
    lines.map((plan) => plan.line),
    held,
    // What follows may speak about these lines, or be somebody else's answer to them.
    wakesOneByOne ? undefined : answers,
  )
  lines.forEach((plan, n) => outcomes.set(plan, lineOutcome(received[n])))
  for (const [n, plan] of echoes.entries()) {
    const conversationId = known[n]
    outcomes.set(
      plan,
      conversationId === undefined
        ? await carryOutEcho(ports, db, held, plan, settleByEcho)
        : { outcome: 'duplicate', conversationId, detail: 'echo' },
    )
  }
  for (const plan of plans) {
    if (!outcomes.has(plan)) outcomes.set(plan, await carryOutOne(ports, db, held, plan))
  }
  return plans.map((plan) => outcomes.get(plan) ?? IGNORED)
}

/** Every conversation the plans are about. */
export function concernedBy(plans: readonly Plan[]): Concerned {
  const needed: Whom[] = []
  const named: Whom[] = []
  const mids: { tenantId: string; connectionId: string; mid: string }[] = []
  for (const plan of plans) {
    switch (plan.do) {
      case 'line':
      case 'echo':
        needed.push(plan.line)
        break
      case 'unsend':
      case 'edit':
        if (plan.igsid === undefined) mids.push(plan.about)
        else needed.push({ ...plan.about, igsid: plan.igsid })
        break
      case 'reaction':
      case 'seen':
        if (plan.igsid === undefined) mids.push(plan.about)
        else named.push({ ...plan.about, igsid: plan.igsid })
        break
      case 'window':
        named.push({ ...plan.about, igsid: plan.igsid })
        break
      case 'companion':
      case 'nothing':
        break
    }
  }
  return { needed, named, mids }
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
  held: Held,
  { line, receivedAtMs }: Extract<Plan, { do: 'echo' }>,
  settleByEcho: SettleByEcho,
): Promise<Outcome> {
  const { found, conversationId } = await settleByEcho(db, line)
  if (found === 'settled') return { outcome: 'stored', conversationId, detail: 'echo' }
  const mayWait = ports.clock.now() - receivedAtMs < ECHO_WAIT_MS_MAX
  if (found === 'wait' && mayWait) return { outcome: 'wait', conversationId, detail: 'echo' }
  const [received] = await receiveLines(ports, db, [line], held)
  return lineOutcome(received)
}

/** Events that refer to a line, one at a time: they are few. */
async function carryOutOne(
  ports: Touched,
  db: Queryable,
  held: Held,
  plan: Plan,
): Promise<Outcome> {
  switch (plan.do) {
    case 'unsend': {
      const erased = await eraseLine(ports, db, held, { ...plan.about, ...plan })
      if (erased === undefined) return waitingForLine(ports, plan)
      const { conversationId, said } = erased
      await forgetSaid(ports, db, { tenantId: plan.about.tenantId, conversationId }, said)
      return referring(erased)
    }
    case 'edit': {
      const edited = await editLine(ports, db, held, { ...plan.about, ...plan })
      return edited === undefined ? waitingForLine(ports, plan) : referring(edited)
    }
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
      const mayWait = ports.clock.now() - plan.receivedAtMs < COMPANION_WAIT_MS_MAX
      if (conversationId === undefined) {
        return mayWait
          ? { outcome: 'wait', conversationId: null, detail: null }
          : { ...IGNORED, detail: MISSING }
      }
      return { outcome: 'ignored', conversationId, detail: 'edit companion' }
    }
    case 'nothing':
      return { outcome: plan.outcome, conversationId: null, detail: plan.detail }
    case 'line':
    case 'echo':
      throw new Error('lines and echoes are carried out together')
  }
}

/** An event that names nobody waits for the line it is about: where else would it leave its mark? */
function waitingForLine(ports: Touched, plan: Extract<Plan, { do: 'unsend' | 'edit' }>): Outcome {
  const mayWait = ports.clock.now() - plan.receivedAtMs < LINE_WAIT_MS_MAX
  return mayWait ? { outcome: 'wait', conversationId: null, detail: null } : referring(undefined)
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
