import { AppError } from '@parley/contract/app-error.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { splitVersion } from '@parley/instagram/forward-call.ts'
import type { ForwardedCall } from '@parley/instagram/forward-call.ts'
import { readGraphError } from '@parley/instagram/graph-error.ts'
import type { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { isRecord } from '@parley/instagram/read-field.ts'
import { readJson } from '@parley/instagram/read-json.ts'
import { isFailedCall } from '@parley/instagram/finished-call.ts'
import { readMeters } from '@parley/instagram/usage.ts'
import type { Usage } from '@parley/instagram/usage.ts'
import { noteCall } from '#alerts/note-call.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Departure } from '#http/app-env.ts'
import type { Ports } from '#ports/ports.ts'
import { plainContentType, refuseGraphCall } from './refuse-graph-call.ts'
import { reportGrantFailure } from './report-grant-failure.ts'
import type { UsableGrant, Who } from './schema.ts'
import { beginAnswer, showGraphAnswer } from './show-graph-answer.ts'
import type { BegunAnswer, BreakOff, GraphAnswer } from './show-graph-answer.ts'
import { spendCall } from './spend-call.ts'
import { findTenantOf } from './store.ts'
import { useGrant } from './use-grant.ts'

type Touched = Pick<
  Ports,
  'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'config' | 'log' | 'measures'
>

/** Verbs of higher floors that a forwarded call needs. */
export type GraphHooks = {
  /** One of the account's sends, which share Meta's limit with the inbox. False: none is left now. */
  readonly takeSend: (connectionId: string) => Promise<boolean>
}

/**
 * Makes a Graph call for the host with a connection's token. Nothing that is not forwarded leaves a trace but one audit
 * line; what changes something at Meta has one too. The answer is searched for tokens on its way.
 *
 * @throws AppError `connections/not-found`, `graph/…`, `tokens/needs-reauth`, `tokens/unavailable`.
 */
export async function forwardGraph(
  ports: Touched,
  hooks: GraphHooks,
  input: {
    connectionId: string
    tenants: readonly string[] | null
    who: Who
    /** `path` may begin with a version. */
    call: Omit<ForwardedCall, 'version'>
    breakOff: BreakOff
    /** Of an idempotent request: told before the call leaves, and when Meta has done nothing. */
    departure: Departure | undefined
  },
): Promise<GraphAnswer> {
  const { connectionId, who, departure } = input
  const tenantId = await findTenantOf(ports.db, connectionId, input.tenants)
  if (tenantId === undefined) throw new AppError('connections/not-found')
  const place = { tenantId, connectionId }
  const contentType = input.call.body && plainContentType(input.call.contentType)
  const call = { ...input.call, ...splitVersion(input.call.path), contentType }
  const refusal = refuseGraphCall(call)
  if (refusal !== undefined) {
    await audit(ports, who, {
      ...place,
      action: 'graph.refused',
      method: call.method,
      code: refusal.code,
    })
    throw refusal
  }
  const grant = await useGrant(ports, place, 'graph')
  const spent = await spendCall(ports, place)
  if (isSend(call) && !(await hooks.takeSend(connectionId))) {
    throw new AppError('graph/budget-exhausted', { retryAfterSeconds: 1 })
  }
  if (call.method !== 'GET') {
    await audit(ports, who, {
      ...place,
      action: 'graph.called',
      method: call.method,
      path: call.path.slice(0, AUDITED_PATH_MAX),
    })
  }
  await departure?.leave()
  const { answer, error, usage } = await ask(ports, grant, call, departure)
  const meaning = error && classifyGraphError(error)
  await spent.settle({ usage, isThrottled: meaning === 'throttled' })
  if (error !== undefined && meaning === 'needs_reauth') {
    await reportGrantFailure(ports, grant, error)
  }
  const shown = await showGraphAnswer(ports, grant, answer, input.breakOff)
  // A refusal that can be read, and that Meta means.
  if (meaning !== undefined && meaning !== 'unknown_outcome') departure?.refused()
  if (typeof shown.body !== 'string') departure?.streams()
  return shown
}

/** Ids and edges; longer is no object of Meta's. */
const AUDITED_PATH_MAX = 200

const isSend = ({ method, path }: ForwardedCall): boolean =>
  method === 'POST' && decodeURIComponent(path).endsWith('/messages')

async function ask(
  ports: Touched,
  grant: UsableGrant,
  call: ForwardedCall,
  departure: Departure | undefined,
): Promise<{ answer: BegunAnswer; error: GraphError | undefined; usage: Usage | undefined }> {
  const node = { login: grant.login, id: grant.nodeId, token: grant.token }
  const host = grant.login === 'facebook' ? 'facebook_graph' : 'instagram_graph'
  const about = { host, nodeId: grant.nodeId } as const
  try {
    const stream = await ports.graph.forwardCall(node, call)
    const answer = await beginAnswer(stream)
    const error = errorOf(answer)
    const isFailed = error !== undefined && isFailedCall(error)
    noteCall(ports, { ...about, isFailed, meters: readMeters(stream.headers) })
    return { answer, error, usage: stream.usage }
  } catch (cause) {
    if (!(cause instanceof HttpFailure)) throw cause
    noteCall(ports, { ...about, isFailed: true, meters: readMeters({}) })
    if (cause.phase === 'too_large') throw new AppError('graph/answer-unreadable', { cause })
    if (cause.phase === 'not_connected') departure?.refused()
    const isSafe = call.method === 'GET' || cause.phase === 'not_connected'
    throw new AppError(isSafe ? 'tokens/unavailable' : 'graph/outcome-unknown', {
      cause,
      ...(isSafe ? { retryAfterSeconds: 60 } : {}),
    })
  }
}

/** Some of Meta's refusals come with status 200; none of them is long. */
function errorOf({ status, headers, start, rest }: BegunAnswer): GraphError | undefined {
  const isSuccess = status >= 200 && status < 300
  if (isSuccess && rest !== undefined) return undefined
  const json = readJson(start)
  const hasError = isRecord(json) && json['error'] !== undefined
  const response = { status, headers, body: start }
  return isSuccess && !hasError ? undefined : readGraphError(response, json)
}

async function audit(
  ports: Pick<Ports, 'db' | 'clock'>,
  who: Who,
  line: { tenantId: string; connectionId: string; action: string } & Record<string, string>,
): Promise<void> {
  const { tenantId, connectionId, action, ...detail } = line
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    ...who,
    action,
    tenantId,
    subjectId: connectionId,
    detail,
  })
}
