import { AppError } from '@parley/contract/app-error.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { splitVersion } from '@parley/instagram/forward-call.ts'
import type { ForwardedCall } from '@parley/instagram/forward-call.ts'
import { readGraphError } from '@parley/instagram/graph-error.ts'
import type { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpResponse } from '@parley/instagram/http-port.ts'
import { isRecord } from '@parley/instagram/read-field.ts'
import { readJson } from '@parley/instagram/read-json.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { plainContentType, refuseGraphCall } from './refuse-graph-call.ts'
import { reportGrantFailure } from './report-grant-failure.ts'
import type { UsableGrant, Who } from './schema.ts'
import { scrubAnswer } from './scrub-answer.ts'
import { spendCall } from './spend-call.ts'
import { findTenantOf } from './store.ts'
import { useGrant } from './use-grant.ts'

type Touched = Pick<Ports, 'db' | 'vault' | 'clock' | 'signals' | 'graph' | 'config'>

/** Verbs of higher floors that a forwarded call needs. */
export type GraphHooks = {
  /** One of the account's sends, which share Meta's limit with the inbox. False: none is left now. */
  readonly takeSend: (connectionId: string) => Promise<boolean>
}

/** Meta's answer as the caller sees it. */
export type GraphAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Of Meta's headers these alone pass: which version answered, how full the meters are, what support asks for. */
const PASSED_HEADERS = [
  'facebook-api-version',
  'x-app-usage',
  'x-business-use-case-usage',
  'x-fb-trace-id',
  'x-fb-request-id',
  'x-fb-rev',
]
const SEND_PATH = /\/messages$/

/**
 * Makes a Graph call for the host with a connection's token. Nothing that is not forwarded leaves a trace but one audit
 * line; what changes something at Meta has one too. The answer is held until it was searched for tokens.
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
  },
): Promise<GraphAnswer> {
  const { connectionId, who } = input
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
  if (
    call.method === 'POST' &&
    SEND_PATH.test(call.path) &&
    !(await hooks.takeSend(connectionId))
  ) {
    throw new AppError('graph/budget-exhausted', { retryAfterSeconds: 1 })
  }
  if (call.method !== 'GET') {
    await audit(ports, who, {
      ...place,
      action: 'graph.called',
      method: call.method,
      path: call.path,
    })
  }
  const answer = await ask(ports, grant, call)
  const error = errorOf(answer)
  const meaning = error && classifyGraphError(error)
  await spent.settle({ usage: answer.usage, isThrottled: meaning === 'throttled' })
  if (error !== undefined && meaning === 'needs_reauth') {
    await reportGrantFailure(ports, grant, error)
  }
  return showAnswer(ports, grant, answer)
}

async function ask(
  ports: Touched,
  grant: UsableGrant,
  call: ForwardedCall,
): ReturnType<Ports['graph']['forwardCall']> {
  const node = { login: grant.login, id: grant.nodeId, token: grant.token }
  try {
    return await ports.graph.forwardCall(node, call)
  } catch (cause) {
    if (!(cause instanceof HttpFailure)) throw cause
    if (cause.phase === 'too_large') throw new AppError('graph/answer-unreadable', { cause })
    const isSafe = call.method === 'GET' || cause.phase === 'not_connected'
    throw new AppError(isSafe ? 'tokens/unavailable' : 'graph/outcome-unknown', {
      cause,
      ...(isSafe ? { retryAfterSeconds: 60 } : {}),
    })
  }
}

/** Some of Meta's refusals come with status 200. */
function errorOf(answer: HttpResponse): GraphError | undefined {
  const isSuccess = answer.status >= 200 && answer.status < 300
  const json = readJson(answer.body)
  const hasError = isRecord(json) && json['error'] !== undefined
  return isSuccess && !hasError ? undefined : readGraphError(answer, json)
}

/** @throws AppError `graph/answer-unreadable` for redirects, pages and whatever else is no JSON. */
function showAnswer(
  ports: Pick<Ports, 'config'>,
  grant: UsableGrant,
  answer: HttpResponse,
): GraphAnswer {
  const { metaUrls, url } = ports.config
  const graphUrl = grant.login === 'facebook' ? metaUrls.facebookGraph : metaUrls.instagramGraph
  const body = scrubAnswer(answer.body, grant.token, {
    graphUrl: graphUrl.replace(/\/+$/, ''),
    ownUrl: `${url}/v1/connections/${grant.connectionId}/graph`,
  })
  const isRedirect = answer.status >= 300 && answer.status < 400
  if (body === undefined || isRedirect) throw new AppError('graph/answer-unreadable')
  const headers: Record<string, string> = {}
  for (const name of PASSED_HEADERS) {
    const value = answer.headers[name]
    if (typeof value === 'string' && !value.includes(grant.token.reveal())) headers[name] = value
  }
  return { status: answer.status, headers, body }
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
