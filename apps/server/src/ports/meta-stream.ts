import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpRequest, HttpStream, HttpStreamPort } from '@parley/instagram/http-port.ts'
import { Agent } from 'undici'

const CONNECT_TIMEOUT_MS = 5_000
/** Per host: hosts' own calls do not take the connections that sending needs. */
const CONNECTIONS_MAX = 64
/** Failures before anything was written. All others may have reached Meta. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/**
 * The real way to Meta for answers that are handed on as they come. No redirects, no repeats, one deadline for all.
 *
 * @param stopping ends every call in hand, and lets none begin.
 */
export function createMetaStream(stopping?: AbortSignal): HttpStreamPort {
  const agent = new Agent({
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  })
  return async (request) => await send(agent, request, stopping)
}

async function send(
  agent: Agent,
  request: HttpRequest,
  stopping: AbortSignal | undefined,
): Promise<HttpStream> {
  const url = new URL(request.url)
  const deadline = AbortSignal.timeout(request.timeoutMs)
  const ends = [request.signal, stopping].filter((each) => each !== undefined)
  const signal = AbortSignal.any([...ends, deadline])
  try {
    const { statusCode, headers, body } = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.timeoutMs,
      signal,
    })
    return { status: statusCode, headers, body: bounded(body, request.maxBytes) }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw new HttpFailure(NOT_CONNECTED.has(code) ? 'not_connected' : 'after_sent', { cause })
  }
}

async function* bounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.byteLength
      if (size > maxBytes) throw new HttpFailure('too_large')
      yield chunk
    }
  } catch (cause) {
    throw cause instanceof HttpFailure ? cause : new HttpFailure('after_sent', { cause })
  }
}
