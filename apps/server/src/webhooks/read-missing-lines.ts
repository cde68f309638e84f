import { AppError } from '@parley/contract/app-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Mid } from '@parley/instagram/ids.ts'
import type { ThreadMessage } from '@parley/instagram/read-conversation.ts'
import { resolveAccounts } from '#connections/resolve-accounts.ts'
import { receiveLines } from '#conversations/receive-lines.ts'
import type { IncomingLine } from '#conversations/schema.ts'
import type { Ports } from '#ports/ports.ts'
import { useGrant } from '#tokens/use-grant.ts'
import { openDelivery, planDelivery } from './open-delivery.ts'
import type { Plan } from './plan-event.ts'
import { findMissing, lockMissing, recordFound } from './store-missing.ts'
import type { MissingLine } from './store-missing.ts'

/** Between one small batch and the next. */
export const MISSING_LINES_PAUSE_MS = 2000

const BATCH_MAX = 10
/** Meta is asked for it no longer than this. */
const TRYING_MS = 10 * 60 * 1000

type Companion = Extract<Plan, { do: 'companion' }>

/**
 * Reads messages of which only the companion event came, and stores those a person wrote as if they had been
 * delivered. A look costs nothing while there are none.
 */
export async function readMissingLines(ports: Ports): Promise<void> {
  const missing = await findMissing(ports.db.relaxed, BATCH_MAX)
  await Promise.all(missing.map(async (one) => await readOne(ports, one)))
}

async function readOne(ports: Ports, missing: MissingLine): Promise<void> {
  const ignore = async (detail: string): Promise<void> => {
    await recordFound(ports.db, missing, { outcome: 'ignored', conversationId: null, detail })
  }
  const { plan, entryIds } = await planOf(ports, missing)
  if (plan === undefined) return await ignore('edit companion')
  try {
    const grant = await useGrant(ports, plan.about, 'missing_message')
    const node = { login: grant.login, id: grant.nodeId, token: grant.token }
    // A mid that was read by a schema before it was stored.
    const message = await ports.graph.findMessage(node, plan.about.mid as Mid)
    if (message === undefined) return await ignore('its message is gone')
    const fromId = message.fromId ?? plan.igsid
    const isOwn = fromId === undefined || fromId === grant.accountId || fromId === grant.nodeId
    if (isOwn) return await ignore('its message is no person’s')
    await store(ports, { missing, entryIds, line: lineOf(plan, message, fromId) })
  } catch (error) {
    const isMeta = error instanceof GraphError || error instanceof HttpFailure
    if (!isMeta && !(error instanceof AppError)) throw error
    const ageMs = ports.clock.now() - missing.received_at.getTime()
    if (ageMs > TRYING_MS) await ignore('its message could not be read')
  }
}

async function planOf(
  ports: Ports,
  missing: MissingLine,
): Promise<{ plan: Companion | undefined; entryIds: readonly string[] }> {
  const opened = await openDelivery(ports, missing)
  const entryIds = opened.entries.map((entry) => entry.accountId)
  const accounts = await resolveAccounts(ports.db, entryIds)
  const event = planDelivery(opened, accounts).find((one) => one.n === missing.n)
  return { plan: event?.plan.do === 'companion' ? event.plan : undefined, entryIds }
}

/**
 * While Meta was asked, whoever it is about may have been erased. An erasure deletes the event first, and waits for
 * transactions that saw the account alive.
 */
async function store(
  ports: Ports,
  found: { missing: MissingLine; entryIds: readonly string[]; line: IncomingLine },
): Promise<void> {
  const { missing, entryIds, line } = found
  const received = await ports.db.transaction(async (db) => {
    if (!(await lockMissing(db, missing))) return undefined
    const held = (await resolveAccounts(db, entryIds)).values()
    const isHeld = held.some(
      ({ tenantId, connectionId }) =>
        tenantId === line.tenantId && connectionId === line.connectionId,
    )
    if (!isHeld) {
      const gone = {
        outcome: 'ignored',
        conversationId: null,
        detail: 'its account is gone',
      } as const
      await recordFound(db, missing, gone)
      return undefined
    }
    const [one] = await receiveLines(ports, db, [line])
    await recordFound(db, missing, {
      outcome: one?.isNew === true ? 'stored' : 'duplicate',
      conversationId: one?.conversationId ?? null,
      detail: 'its message was read',
    })
    return one
  })
  if (received === undefined) return
  ports.signals.wake('lanes')
  const { tenantId, connectionId } = line
  const id = received.conversationId
  ports.signals.tell([{ kind: 'conversation', id, connectionId, tenantId }])
}

function lineOf(plan: Companion, message: ThreadMessage, igsid: string): IncomingLine {
  const { text, attachments, replyToMid } = message
  const isEmpty = text === undefined && attachments.length === 0
  const kind = attachments.length > 0 ? 'attachment' : 'text'
  return {
    tenantId: plan.about.tenantId,
    connectionId: plan.about.connectionId,
    igsid,
    mid: plan.about.mid,
    author: 'person',
    kind: message.isUnsupported || isEmpty ? 'unsupported' : kind,
    atMs: Math.min(message.atMs ?? plan.receivedAtMs, plan.receivedAtMs),
    content: {
      ...(text === undefined ? {} : { text }),
      ...(attachments.length === 0
        ? {}
        : {
            attachments: attachments.map(({ type, url }) =>
              url === undefined ? { type } : { type, url },
            ),
          }),
      ...(replyToMid === undefined ? {} : { replyTo: { mid: replyToMid } }),
    },
    answerable: !plan.standby,
    opensWindow: true,
    pauses: false,
  }
}
