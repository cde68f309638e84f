import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpPort, HttpRequest, HttpResponse } from '@parley/instagram/http-port.ts'
import { Agent, errors } from 'undici'

/** Idle connections are dropped before Meta drops them: a request on a dying one has an unknown outcome. */
const KEEP_ALIVE_MS = 4_000
const CONNECT_TIMEOUT_MS = 5_000
/** Per host. Each answer of Meta takes tens of milliseconds, so this serves thousands of sends a second. */
const CONNECTIONS_MAX = 256

/**
 * The real way to Meta: no redirects, no repeats, a deadline from the call to the last byte. Idle connections keep
 * no process alive.
 */
export function createMetaHttp(): HttpPort {
  const agent = new Agent({
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  })
  return async (request) => await send(agent, request)
}

async function send(agent: Agent, request: HttpRequest): Promise<HttpResponse> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), request.timeoutMs)
  const onAbort = (): void => deadline.abort()
  request.signal?.addEventListener('abort', onAbort, { once: true })
  // Until the request has a connection, nothing of it can have reached Meta.
  const url = new URL(request.url)
  try {
    if (request.signal?.aborted === true) throw new HttpFailure('not_connected')
    const response = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.timeoutMs,
      signal: deadline.signal,
    })
    return {
      status: response.statusCode,
      headers: response.headers,
      body: await readBody(response.body, request.maxBytes),
    }
  } catch (cause) {
    if (cause instanceof HttpFailure) throw cause
    throw new HttpFailure(neverConnected(cause) ? 'not_connected' : 'after_sent', { cause })
  } finally {
    clearTimeout(timer)
    request.signal?.removeEventListener('abort', onAbort)
  }
}

async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop early destroys the connection.
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw new HttpFailure('too_large')
    chunks.push(chunk)
  }
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}

/** Codes of system calls that fail before a byte is written. */
const NEVER_CONNECTED: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
])

function neverConnected(error: unknown): boolean {
  if (error instanceof errors.ConnectTimeoutError) return true
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.every(neverConnected)
  return 'code' in error && NEVER_CONNECTED.has(error.code)
}
