import { createHmac } from 'node:crypto'
import { failedCall, kindOfPath, nodeOfPath } from './finished-call.ts'
import type { CallName } from './finished-call.ts'
import type { CallOptions, GraphContext } from './graph-context.ts'
import { GraphError, readGraphError } from './graph-error.ts'
import type { Login } from './login.ts'
import { HttpFailure } from './http-port.ts'
import type { HttpRequest, HttpResponse } from './http-port.ts'
import { isRecord } from './read-field.ts'
import { readJson } from './read-json.ts'
import type { Secret } from './secret.ts'
import { readMeters, readUsage } from './usage.ts'
import type { Usage } from './usage.ts'

/** A call on one of the two graph hosts with a token. */
export interface GraphCall {
  readonly login: Login
  readonly method: HttpRequest['method']
  /** Below the version, with a leading slash; ids in it are encoded by the caller. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly json?: unknown
  readonly token: Secret
  /** Where the token travels: header where Meta documents it, else the query as on Meta's pages. */
  readonly tokenIn: 'header' | 'query'
  /** Instagram's token endpoints carry no version segment. */
  readonly unversioned?: boolean
  /** A refusal is an answer here: asking for what may not be there, or not for us. */
  readonly mayRefuse?: boolean
}

export interface GraphReply {
  readonly json: unknown
  readonly usage: Usage | undefined
}

/** The send call's deadline, and a sound one for the others. */
const CALL_TIMEOUT_MS = 10_000
/** The largest honest answer, a full page list, stays under 200 kB. */
const ANSWER_BYTES_MAX = 2 * 1024 * 1024

/**
 * Calls a graph host. On graph.facebook.com the call is signed with `appsecret_proof`.
 * Source: /docs/graph-api/guides/secure-requests, read 2026-11-20.
 *
 * @throws GraphError when Meta refuses or answers nonsense.
 * @throws HttpFailure when there is no answer.
 */
export async function callGraph(
  context: GraphContext,
  call: GraphCall,
  options: CallOptions = {},
): Promise<GraphReply> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (call.tokenIn === 'header') headers['authorization'] = `Bearer ${call.token.reveal()}`
  if (call.json !== undefined) headers['content-type'] = 'application/json'
  const request = {
    host: call.login === 'facebook' ? ('facebook_graph' as const) : ('instagram_graph' as const),
    kind: kindOfPath(call.path),
    nodeId: nodeOfPath(call.path),
    mayRefuse: call.mayRefuse ?? false,
    method: call.method,
    url: graphUrl(context, call),
    headers,
  }
  return await callMeta(
    context,
    call.json === undefined ? request : { ...request, body: JSON.stringify(call.json) },
    options,
  )
}

/** One request and its one reading, for any of Meta's hosts. Throws as `callGraph`. */
export async function callMeta(
  context: GraphContext,
  request: CallName & {
    readonly nodeId?: string | undefined
    readonly mayRefuse?: boolean
  } & Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>,
  options: CallOptions = {},
): Promise<GraphReply> {
  const { host, kind, nodeId, mayRefuse = false, ...sent } = request
  const finish = context.watchCall?.({ host, kind, nodeId })
  let headers: HttpResponse['headers'] = {}
  try {
    const response = await context.http({ ...sent, ...limitsOf(options) })
    headers = response.headers
    const json = readAnswer(response)
    finish?.({ result: 'ok', isFailed: false, meters: readMeters(headers) })
    return { json, usage: readUsage(headers) }
  } catch (error) {
    const isKnown = error instanceof GraphError || error instanceof HttpFailure
    if (isKnown && options.signal?.aborted !== true) finish?.(failedCall(error, headers, mayRefuse))
    throw error
  }
}

/** @throws GraphError for everything but a success with something to read. */
function readAnswer(response: HttpResponse): unknown {
  const json = readJson(response.body)
  const isSuccess = response.status >= 200 && response.status < 300
  const hasError = isRecord(json) && json['error'] !== undefined
  if (!isSuccess || json === undefined || hasError) throw readGraphError(response, json)
  return json
}

/** What bounds every request. */
function limitsOf(options: CallOptions): Pick<HttpRequest, 'timeoutMs' | 'maxBytes' | 'signal'> {
  const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS
  const limits = { timeoutMs, maxBytes: ANSWER_BYTES_MAX }
  return options.signal === undefined ? limits : { ...limits, signal: options.signal }
}

/** Base + path, so that a base with a path of its own keeps it. */
export function withQuery(
  base: string,
  query: Readonly<Record<string, string | undefined>>,
): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) params.set(name, value)
  }
  return params.size === 0 ? base : `${base}?${params.toString()}`
}

/** Address of a call, signed and with the token where it belongs. */
export function graphUrl(
  context: GraphContext,
  call: Pick<GraphCall, 'login' | 'path' | 'query' | 'token' | 'tokenIn' | 'unversioned'>,
): string {
  const { urls, version, facebookApp } = context
  const isFacebook = call.login === 'facebook'
  const host = isFacebook ? urls.facebookGraph : urls.instagramGraph
  const token = call.token.reveal()
  return withQuery(`${host}${call.unversioned === true ? '' : `/${version}`}${call.path}`, {
    ...call.query,
    access_token: call.tokenIn === 'query' ? token : undefined,
    appsecret_proof:
      isFacebook && facebookApp !== undefined
        ? appSecretProof(facebookApp.secret, token)
        : undefined,
  })
}

/** Shows Meta that whoever uses the token also knows the app secret. */
function appSecretProof(appSecret: Secret, token: string): string {
  return createHmac('sha256', appSecret.reveal()).update(token).digest('hex')
}
