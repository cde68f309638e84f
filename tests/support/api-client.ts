/** One answer of the server, read to its end. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
}

const ANSWER_TIMEOUT_MS = 120_000

/** Parley's public API as a host's server or page calls it. Redirects are shown, not followed. */
export class ApiClient {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>

  /** @param token goes along as a bearer token; without one nobody is said to call. */
  constructor(url: string, token?: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url
    this.#headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    }
  }

  /** @param body is sent as JSON; text and bytes go out as they are. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const raw = typeof body === 'string' || body instanceof Uint8Array ? body : undefined
    const response = await fetch(`${this.#url}${path}`, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.#headers,
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: readJson(text) }
  }

  /** @throws Error with the answer when it is not 2xx. */
  async take<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.call(method, path, body)
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    }
    // What the published contract says stands at this path.
    return answer.json as Body
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
