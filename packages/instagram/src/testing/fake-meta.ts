import { createGraphClient } from '@parley/instagram/graph-client.ts'
import type { GraphClient } from '@parley/instagram/graph-client.ts'
import type { GraphContext } from '@parley/instagram/graph-context.ts'
import type { HttpRequest } from '@parley/instagram/http-port.ts'
import { Secret } from '@parley/instagram/secret.ts'

/** One answer: what a body is, or text for the odd ones. */
export interface FakeAnswer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body: unknown
}

/** A client whose port answers in order and keeps what it was asked. */
export function fakeMeta(
  answers: readonly (FakeAnswer | Error)[],
  overrides: Partial<GraphContext> = {},
): { client: GraphClient; asked: HttpRequest[] } {
  const asked: HttpRequest[] = []
  const client = createGraphClient({
    urls: {
      instagramWww: 'https://www.instagram.com',
      instagramApi: 'https://api.instagram.com',
      instagramGraph: 'https://graph.instagram.com',
      facebookWww: 'https://www.facebook.com',
      facebookGraph: 'https://graph.facebook.com',
    },
    version: 'v25.0',
    instagramApp: { id: '111', secret: new Secret('ig-app-secret') },
    facebookApp: { id: '222', secret: new Secret('meta-app-secret') },
    http: async (request) => {
      const answer = answers[asked.length]
      asked.push(request)
      if (answer === undefined) throw new Error('asked more often than answered')
      if (answer instanceof Error) throw answer
      const { status = 200, headers = {}, body } = answer
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return await Promise.resolve({ status, headers, body: Buffer.from(text) })
    },
    ...overrides,
  })
  return { client, asked }
}

/** Address and query of a request, apart. */
export function parts(request: HttpRequest | undefined): {
  address: string
  query: Record<string, string>
} {
  const url = new URL(request?.url ?? 'none:')
  return {
    address: `${request?.method} ${url.origin}${url.pathname}`,
    query: Object.fromEntries(url.searchParams),
  }
}
