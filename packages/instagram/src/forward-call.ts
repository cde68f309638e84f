import { graphUrl } from './call-graph.ts'
import { failedCall } from './finished-call.ts'
import type { FinishedCall } from './finished-call.ts'
import type { ActingNode, CallOptions, GraphContext } from './graph-context.ts'
import { HttpFailure } from './http-port.ts'
import type { HttpPort, HttpRequest, HttpStream, HttpStreamPort } from './http-port.ts'
import { readMeters, readUsage } from './usage.ts'
import type { Usage } from './usage.ts'

/** A Graph call as somebody else wrote it. */
export interface ForwardedCall {
  readonly method: HttpRequest['method']
  /** Below the version, with a leading slash, already encoded. */
  readonly path: string
  /** `v25.0`; the configured one when missing. */
  readonly version?: string | undefined
  readonly query: URLSearchParams
  readonly body?: Uint8Array | undefined
  readonly contentType?: string | undefined
}

/** Insights and long lists take their time; so do slow readers of them. */
const CALL_TIMEOUT_MS = 60_000
/** Far beyond any page of a list that was seen. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024

/** Segments of ids, edges and file names; no empty one, none of dots, nothing that starts a query. */
const PATH = /^(\/(?!\.{1,2}(\/|$))[\w.~%=+-]+)+$/
/** Encoded dots, slashes, backslashes, ends of a path, and escapes of escapes. */
const ENCODED = /%(2e|2f|5c|3f|23|3a|40|25|[01][0-9a-f]|7f)/i
/** Edges that take or give tokens. */
const TOKEN_EDGE = /^(oauth|device|debug_token|.*access_tokens?(_info)?)$/i
const VERSION = /^v\d{1,3}\.\d{1,2}$/

/** Whether a path stays below the version segment of the configured host, and away from its token endpoints. */
export function isForwardablePath(path: string): boolean {
  if (!PATH.test(path) || ENCODED.test(path)) return false
  const segments = path.slice(1).split('/').map(decode)
  return !segments.some((segment) => segment === undefined || TOKEN_EDGE.test(segment))
}

/** Names that carry a token or prove one, however they are spelt. */
export function isTokenName(name: string): boolean {
  return /access.?token|appsecret|client.?secret/i.test(name)
}

/** Parameters that are not the asker's: tokens, other calls inside this one, another verb, a script around the answer. */
export function isReservedParameter(name: string): boolean {
  return isTokenName(name) || /^(callback|batch|_?method)(\[|$)/i.test(name)
}

/** `/v25.0/me` → version and `/me`. */
export function splitVersion(path: string): { version: string | undefined; path: string } {
  const [, first = '', ...rest] = path.split('/')
  if (!VERSION.test(first)) return { version: undefined, path }
  return { version: first, path: `/${rest.join('/')}` }
}

/**
 * Makes a call for a host's own use and gives Meta's answer untouched, errors included. Nothing of the asker's headers
 * travels but the content type.
 *
 * @throws TypeError when path or parameters may not be forwarded: ask `isForwardablePath` and `isReservedParameter`.
 * @throws HttpFailure when there is no answer.
 */
export async function forwardCall(
  context: GraphContext,
  node: ActingNode,
  call: ForwardedCall,
  options: CallOptions = {},
): Promise<HttpStream & { readonly usage: Usage | undefined }> {
  const { version = context.version } = call
  if (!isForwardablePath(call.path) || !VERSION.test(version)) {
    throw new TypeError('path leaves the Graph host')
  }
  if ([...call.query.keys()].some(isReservedParameter)) throw new TypeError('parameter of ours')
  const headers: Record<string, string> = {
    accept: 'application/json',
    authorization: `Bearer ${node.token.reveal()}`,
  }
  if (call.contentType !== undefined) headers['content-type'] = call.contentType
  const { login, token } = node
  const { path } = call
  const query = Object.fromEntries(call.query)
  const send = watched(context, node)
  return await send({
    method: call.method,
    url: graphUrl({ ...context, version }, { login, path, query, token, tokenIn: 'header' }),
    headers,
    ...(call.body === undefined ? {} : { body: call.body }),
    timeoutMs: options.timeoutMs ?? CALL_TIMEOUT_MS,
    maxBytes: ANSWER_BYTES_MAX,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
}

/** Sends, and tells the watch. Meta's refusals are for the asker to read: of them only the status is looked at here. */
function watched(
  context: GraphContext,
  { login, id: nodeId }: Pick<ActingNode, 'login' | 'id'>,
): (request: HttpRequest) => Promise<HttpStream & { readonly usage: Usage | undefined }> {
  const send = context.stream ?? inOnePiece(context.http)
  return async (request) => {
    const host = login === 'facebook' ? 'facebook_graph' : 'instagram_graph'
    const finish = context.watchCall?.({ host, kind: 'forwarded', nodeId })
    try {
      const response = await send(request)
      const usage = readUsage(response.headers)
      const result = resultOf(response.status)
      const isFailed = result !== 'ok' && result !== 'refused'
      finish?.({ result, isFailed, meters: readMeters(response.headers) })
      return { ...response, usage }
    } catch (error) {
      if (error instanceof HttpFailure && request.signal?.aborted !== true) {
        finish?.(failedCall(error, {}, false))
      }
      throw error
    }
  }
}

function resultOf(status: number): FinishedCall['result'] {
  if (status < 400) return 'ok'
  if (status === 429) return 'throttled'
  return status >= 500 ? 'transient' : 'refused'
}

function inOnePiece(http: HttpPort): HttpStreamPort {
  return async (request) => {
    const { status, headers, body } = await http(request)
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      yield body
    }
    return { status, headers, body: pieces() }
  }
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
