/** Parley's public API, as a host's server uses it. */
export class ParleyApi {
  readonly #url: string
  readonly #key: string

  constructor(url: string, key: string) {
    this.#url = url
    this.#key = key
  }

  /** Waits out a rate limit; anything but 2xx is an error. */
  async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    for (let attempt = 0; ; attempt += 1) {
      const response = await fetch(`${this.#url}${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(30_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (response.status === 429 && attempt < 20) {
        const seconds = Number(response.headers.get('retry-after') ?? 1)
        await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
        continue
      }
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      // What the published contract says stands at this path.
      return JSON.parse(text) as Answer
    }
  }
}

/** Repeats what it hears at once: a flow of one message, no AI. */
export const ECHO_AUTOMATION = {
  responder: 'flow',
  quietMs: 0,
  agent: null,
  host: null,
  flow: {
    version: 1,
    start: 'echo',
    steps: { echo: { type: 'message', text: '{{text}}', next: null } },
  },
} as const
