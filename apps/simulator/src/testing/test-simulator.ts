import { startSimulator } from '#simulator.ts'
import type { Simulator } from '#simulator.ts'
import { startCallbackServer } from './callback-server.ts'
import type { CallbackServer } from './callback-server.ts'

export const REDIRECT = 'http://product.example/callback'
export const INSTAGRAM_APP = {
  id: '1780000000000011',
  secret: 'ig-secret',
  redirectUris: [REDIRECT],
}
export const FACEBOOK_APP = {
  id: '1780000000000022',
  secret: 'fb-secret',
  redirectUris: [REDIRECT],
  loginConfigId: '777',
}
export const INSTAGRAM_SCOPES = 'instagram_business_basic,instagram_business_manage_messages'
export const FACEBOOK_SCOPES =
  'instagram_basic,instagram_manage_messages,pages_show_list,pages_manage_metadata,pages_read_engagement,business_management'

export type Answer = { status: number; text: string; json: unknown; headers: Headers }

/** Looks into JSON by path; undefined where there is nothing. */
export function at(json: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    json,
  )
}

/** Code and subcode of a Graph refusal, `undefined` when the call succeeded. */
export function refusalOf(answer: Answer): string | undefined {
  const code = at(answer.json, 'error', 'code')
  const subcode = at(answer.json, 'error', 'error_subcode')
  if (typeof code !== 'number') return undefined
  return typeof subcode === 'number' ? `${code}/${subcode}` : String(code)
}

export type TestSimulator = AsyncDisposable & {
  simulator: Simulator
  callback: CallbackServer
  request(
    method: string,
    url: string,
    init?: { body?: unknown; token?: string | undefined },
  ): Promise<Answer>
  control(method: string, path: string, body?: unknown): Promise<unknown>
  /** The address the browser comes back to, after Allow with what is given. */
  consent(query: Record<string, string>, decision?: Record<string, unknown>): Promise<URL>
  instagram(method: string, path: string, token?: string, body?: unknown): Promise<Answer>
  facebook(method: string, path: string, token?: string, body?: unknown): Promise<Answer>
}

/** A simulator with a product's callback beside it. */
export async function startTestSimulator(): Promise<TestSimulator> {
  const callback = await startCallbackServer()
  const simulator = await startSimulator({ instagramApp: INSTAGRAM_APP, facebookApp: FACEBOOK_APP })
  const { urls, url } = simulator
  const control = async (method: string, path: string, body?: unknown) =>
    (await request(method, `${url}/simulator${path}`, { body })).json
  await control('POST', '/apps', { webhook: { callbackUrl: callback.url, verifyToken: 'verify' } })
  return {
    simulator,
    callback,
    request,
    control,
    async consent(query, decision = {}) {
      const base =
        query['client_id'] === FACEBOOK_APP.id
          ? `${urls.FACEBOOK_WWW_URL}/v25.0/dialog/oauth`
          : `${urls.INSTAGRAM_WWW_URL}/oauth/authorize`
      const authorize = `${base}?${new URLSearchParams(query).toString()}`
      const decided = await control('POST', '/consent', { url: authorize, ...decision })
      return new URL(String(at(decided, 'redirectUrl')))
    },
    instagram: (method, path, token, body) =>
      request(method, `${urls.INSTAGRAM_GRAPH_URL}${path}`, { token, body }),
    facebook: (method, path, token, body) =>
      request(method, `${urls.FACEBOOK_GRAPH_URL}${path}`, { token, body }),
    async [Symbol.asyncDispose]() {
      await simulator.close()
      await callback[Symbol.asyncDispose]()
    },
  }
}

async function request(
  method: string,
  url: string,
  { body, token }: { body?: unknown; token?: string | undefined } = {},
): Promise<Answer> {
  const isForm = body instanceof URLSearchParams
  const headers = new Headers()
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  if (body !== undefined && !isForm) headers.set('content-type', 'application/json')
  const init: RequestInit = { method, headers, redirect: 'manual' }
  if (body !== undefined) init.body = isForm ? body : JSON.stringify(body)
  const answer = await globalThis.fetch(url, init)
  const text = await answer.text()
  const json: unknown = /^[[{]/.test(text) ? JSON.parse(text) : text
  return { status: answer.status, text, json, headers: answer.headers }
}
