import type { Finding } from '@parley/contract/doctor.ts'
import { explainReason } from '@parley/contract/reasons.ts'
import type { Connection, ConnectionStatus } from '@parley/contract/connection.ts'
import { listConnections } from '#connections/list-connections.ts'
import { pageOf } from '#http/list.ts'
import type { Ports } from '#ports/ports.ts'
import { found, ok } from './findings.ts'
import { probeConnections } from './probe-connections.ts'

const PAGE = 100
/** Of each state; more are in the dashboard. */
const CONNECTIONS_MAX = 2_000
/** Those with troubles first, however many are well. */
const STATES = ['needs_reauth', 'revoked', 'expiring', 'active'] as const
/** Somebody has written by then, or tried to. */
const SILENT_MS = 24 * 60 * 60 * 1000

type Touched = Pick<
  Ports,
  'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'
>

/** How each connection is: some are asked at Meta now, the others go by the facts of their last look. */
export async function checkHealth(ports: Touched): Promise<Finding[]> {
  const nowMs = ports.clock.now()
  const asked = await probeConnections(ports)
  const all = await connections(ports, STATES)
  const findings = all.flatMap((one) => findingsOf(one, nowMs))
  if (findings.length === 0) findings.push(ok('connections', wellWords(all.length)))
  const isAnswered = all.some(({ checkedAt }) => Date.parse(checkedAt ?? '') >= nowMs)
  if (asked > 0 && !isAnswered) {
    const message = `Meta was asked about ${asked} logins, and did not answer.`
    findings.push(found('unknown', 'connections', message, 'Ask again in a while.'))
  }
  findings.push(...hintsOf(all))
  return findings
}

const wellWords = (count: number): string =>
  count < CONNECTIONS_MAX
    ? 'No connection needs a person.'
    : `None of the newest ${CONNECTIONS_MAX} connections needs a person.`

async function connections(
  ports: Touched,
  states: readonly ConnectionStatus[],
): Promise<Connection[]> {
  const lists = await Promise.all(states.map(async (status) => await listAll(ports, status)))
  return lists.flat()
}

async function listAll(ports: Touched, status: ConnectionStatus): Promise<Connection[]> {
  const all: Connection[] = []
  let cursor: string | undefined
  do {
    const page = pageOf({ limit: PAGE, cursor })
    const { data, nextCursor } = await listConnections(ports, { tenants: null, status, page })
    all.push(...data)
    cursor = nextCursor ?? undefined
  } while (cursor !== undefined && all.length < CONNECTIONS_MAX)
  return all
}

function findingsOf(one: Connection, nowMs: number): Finding[] {
  const check = `connection ${one.account.username ?? one.account.id}`
  const words = explainReason(one.reason ?? '')
  switch (one.status) {
    case 'needs_reauth':
    case 'revoked': {
      const title = words?.title ?? 'Access was lost.'
      return [found('problem', check, title, words?.hint ?? 'Reconnect it.')]
    }
    case 'expiring':
      return [
        found('warning', check, 'Access ends soon and could not be renewed.', 'Reconnect it.'),
      ]
    case 'active':
      return messagesOf(one, check, nowMs)
    case 'pending':
    case 'disconnected':
      return []
  }
}

function messagesOf(one: Connection, check: string, nowMs: number): Finding[] {
  const { messages } = one.capabilities
  if (messages?.state === 'off' && messages.reason !== 'not_requested') {
    const why = explainReason(messages.reason ?? '')
    const title = why?.title ?? 'Messages are off.'
    return [found('problem', check, title, why?.hint ?? 'Reconnect it.')]
  }
  if (messages?.state !== 'on') return []
  if (!one.webhook.subscribed) {
    const fix = `POST /v1/connections/${one.id}/refresh subscribes again.`
    return [found('problem', check, 'Its messages are not subscribed.', fix)]
  }
  const isOld = nowMs - Date.parse(one.connectedAt ?? '') > SILENT_MS
  if (one.lastEventAt !== null || !isOld) return []
  return [
    found(
      'warning',
      check,
      'Nothing has arrived since it was connected.',
      `Write to it from another account. Nothing comes? In its Instagram app: ${explainReason('message_access_off')?.hint ?? ''}`,
    ),
  ]
}

/** What no call of Meta's tells, only whether messages come. */
function hintsOf(all: readonly Connection[]): Finding[] {
  if (all.some(({ lastEventAt }) => lastEventAt !== null)) {
    return [ok('app mode', 'Meta delivers: events of connected accounts have arrived.')]
  }
  return [
    found(
      'unknown',
      'app mode',
      'No event of a connected account has arrived yet, so nothing proves that the app is live.',
      'Meta’s dashboard: switch the app mode to Live, with Advanced Access for accounts that are not yours. Until then every account needs the role Instagram Tester (App roles, Roles) and must accept it on instagram.com under Settings, Apps and websites, Tester invites.',
    ),
  ]
}
