import { graphUrl, limitsOf } from './call-graph.ts'
import type { ActingNode, CallOptions, GraphContext } from './graph-context.ts'
import type { HttpRequest, HttpResponse } from './http-port.ts'
import { readUsage } from './usage.ts'
import type { Usage } from './usage.ts'

/** A Graph call as somebody else wrote it. */
export interface ForwardedCall {
  readonly method: HttpRequest['method']
  /** Below the version, with a leading slash, already encoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body?: Uint8Array | undefined
  readonly contentType?: string | undefined
}

/** Ours to set; a caller's own would act with another token or leak it. */
const RESERVED = new Set(['access_token', 'appsecret_proof', 'appsecret_time', 'client_secret'])

/** Segments of ids, edges and file names; no empty one, none of dots, nothing that starts a query. */
const PATH = /^(\/(?!\.{1,2}(\/|$))[\w.~%=+-]+)+$/

/** Whether a path stays below the version segment of the configured host. */
export function isForwardablePath(path: string): boolean {
  return PATH.test(path) && !/%(2e|2f|5c|00)/i.test(path)
}

/**
 * Makes a call for a host's own use and gives Meta's answer untouched, errors included.
 *
 * @throws TypeError when the path is not forwardable: ask `isForwardablePath` first.
 * @throws HttpFailure when there is no answer.
 */
export async function forwardCall(
  context: GraphContext,
  node: ActingNode,
  call: ForwardedCall,
  options: CallOptions = {},
): Promise<HttpResponse & { readonly usage: Usage | undefined }> {
  if (!isForwardablePath(call.path)) throw new TypeError('path leaves the Graph host')
  const query = Object.fromEntries([...call.query].filter(([name]) => !RESERVED.has(name)))
  const headers: Record<string, string> = {
    accept: 'application/json',
    authorization: `Bearer ${node.token.reveal()}`,
  }
  if (call.contentType !== undefined) headers['content-type'] = call.contentType
  const { login, token } = node
  const response = await context.http({
    method: call.method,
    url: graphUrl(context, { login, path: call.path, query, token, tokenIn: 'header' }),
    headers,
    ...(call.body === undefined ? {} : { body: call.body }),
    ...limitsOf(options),
  })
  return { ...response, usage: readUsage(response.headers) }
}
