import { createApp } from '#app.ts'
import { createSignInLink } from '#access/create-sign-in-link.ts'
import { createApiKey } from '#access/create-api-key.ts'
import type { Role, Scope } from '#http/caller.ts'
import { putTenant } from '#tenants/put-tenant.ts'

import type { TestPorts } from './test-ports.ts'

/** The value of PARLEY_API_KEY in `testConfig`. */
export const TEST_API_KEY = 'an-api-key-for-tests-only'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The JSON, or undefined. Tests say what they expect of it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any
}

/** The whole HTTP side over `ports`, without a socket. */
export function testApp(ports: TestPorts) {
  const app = createApp(ports)

  const call = async (
    method: string,
    path: string,
    options: { body?: unknown; raw?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const { body, raw, headers = {} } = options
    const response = await app.request(path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined && raw === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    }
  }

  return {
    app,
    call,
    /** As PARLEY_API_KEY: every scope, every tenant. */
    asHost: bearer(TEST_API_KEY),
    tenant: async (id: string, returnUrls: string[] = []) => {
      await putTenant(ports, id, { name: id, returnUrls }, 'system')
    },
    /** Headers of a key of its own. */
    key: async (scopes: Scope[], tenantId: string | null = null) => {
      const key = await createApiKey(
        ports,
        { name: 'a key', scopes, tenantId },
        { actor: 'system' },
      )
      return bearer(key.secret)
    },
    /** Headers of a signed-in operator, as a browser on our own pages sends them. */
    operator: async (role: Role = 'owner', tenantId: string | null = null, email?: string) => {
      const url = await createSignInLink(ports, { role, tenantId })
      const signedIn = await call('POST', '/v1/welcome', {
        body: {
          link: url.slice(url.lastIndexOf('/') + 1),
          name: 'Ada',
          email: email ?? `ada-${ports.random.uuid(ports.clock.now())}@example.com`,
          password: 'correct horse battery',
        },
      })
      const cookies = signedIn.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0])
      return { cookie: cookies.join('; '), origin: ports.config.url }
    },
  }
}

export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` }
}
