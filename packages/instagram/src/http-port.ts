/** The one door to the network; the server and the tests each provide it. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** May hold a token in its query: never log it. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number
  /** A longer answer is cut off with `HttpFailure('too_large')`. */
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
}

/**
 * Sends one request. Never follows a redirect (a 3xx is an answer like any other), never repeats.
 *
 * @throws HttpFailure when there is no whole answer; nothing else.
 */
export type HttpPort = (request: HttpRequest) => Promise<HttpResponse>

/** An answer whose body is still coming; reading it may throw `HttpFailure`, leaving it ends the connection. */
export interface HttpStream extends Omit<HttpResponse, 'body'> {
  readonly body: AsyncIterable<Uint8Array>
}

/** As `HttpPort`, with the answer handed over as it comes. */
export type HttpStreamPort = (request: HttpRequest) => Promise<HttpStream>

/**
 * How far a request came before it failed.
 *
 * - `not_connected`: refused, no such host, connect or TLS time-out, aborted before: Meta has seen nothing.
 * - `after_sent`: cut, timed out or aborted later: Meta may have acted.
 * - `too_large`: the answer is over `maxBytes`: Meta has acted.
 */
export type HttpFailurePhase = 'not_connected' | 'after_sent' | 'too_large'

/** No answer. Carries no address, because addresses carry tokens. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly phase: HttpFailurePhase
  /** We ended the call ourselves, because we are stopping: it says nothing of Meta. */
  readonly isCut: boolean

  constructor(phase: HttpFailurePhase, options: ErrorOptions & { isCut?: boolean } = {}) {
    super(`no answer from Meta: ${phase}`, options)
    this.phase = phase
    this.isCut = options.isCut ?? false
  }
}
