import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpPort, HttpRequest, HttpResponse } from '@parley/instagram/http-port.ts'
import { Agent } from 'undici'
import type { Dispatcher } from 'undici'

/** Idle connections are dropped before Meta drops them: a request on a dying one has an unknown outcome. */
const KEEP_ALIVE_MS = 4_000
const CONNECT_TIMEOUT_MS = 5_000
/** Per host. Each answer of Meta takes tens of milliseconds, so this serves thousands of sends a second. */
const CONNECTIONS_MAX = 256

/**
 * The real way to Meta: no redirects, no repeats, a deadline from the call to the last byte. Idle connections keep
 * no process alive.
 *
 * @param stopping ends every call in hand, and lets none begin.
 */
export function createMetaHttp(stopping?: AbortSignal): HttpPort {
  const agent = new Agent({
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  })
  return async (request) => await send(agent, request, stopping)
}

async function send(
  agent: Agent,
  request: HttpRequest,
  stopping: AbortSignal | undefined,
): Promise<HttpResponse> {
  const isCut = (): boolean => stopping?.aborted === true
  if (request.signal?.aborted === true || isCut()) {
    throw new HttpFailure('not_connected', { isCut: isCut() })
  }
  const url = new URL(request.url)
  const exchange = new Exchange(request.maxBytes)
  const onAbort = (): void => exchange.abort(new Error('aborted'))
  const timer = setTimeout(() => exchange.abort(new Error('no answer in time')), request.timeoutMs)
  request.signal?.addEventListener('abort', onAbort, { once: true })
  stopping?.addEventListener('abort', onAbort, { once: true })
  try {
    agent.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        headersTimeout: request.timeoutMs,
        bodyTimeout: request.timeoutMs,
      },
      exchange,
    )
    return await exchange.answer
  } catch (cause) {
    if (cause instanceof HttpFailure) throw cause
    // Until the request has a connection, nothing of it can have reached Meta.
    const phase = exchange.isStarted ? 'after_sent' : 'not_connected'
    throw new HttpFailure(phase, { cause, isCut: isCut() })
  } finally {
    clearTimeout(timer)
    request.signal?.removeEventListener('abort', onAbort)
    stopping?.removeEventListener('abort', onAbort)
  }
}

/** One request and its answer, held as a whole. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<HttpResponse>
  readonly #maxBytes: number
  readonly #resolve: (answer: HttpResponse) => void
  readonly #reject: (error: Error) => void
  #controller: Dispatcher.DispatchController | undefined
  #aborted: Error | undefined
  #status = 0
  #headers: HttpResponse['headers'] = {}
  readonly #chunks: Buffer[] = []
  #size = 0

  constructor(maxBytes: number) {
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>()
    this.answer = promise
    this.#maxBytes = maxBytes
    this.#resolve = resolve
    this.#reject = reject
  }

  /** It had a connection, and may have been written to it. */
  get isStarted(): boolean {
    return this.#controller !== undefined && this.#aborted === undefined
  }

  abort(reason: Error): void {
    this.#reject(reason)
    if (this.#controller === undefined) this.#aborted = reason
    else this.#controller.abort(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // One that waited too long for its connection is not written any more.
    if (this.#aborted !== undefined) controller.abort(this.#aborted)
    this.#controller = controller
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: HttpResponse['headers'],
  ): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > this.#maxBytes) this.abort(new HttpFailure('too_large'))
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [only] = this.#chunks
    const body =
      this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks)
    this.#resolve({ status: this.#status, headers: this.#headers, body })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error)
  }
}
