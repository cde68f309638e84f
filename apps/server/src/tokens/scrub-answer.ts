import type { Secret } from '@parley/instagram/secret.ts'
import { readJsonForRewriting } from '@parley/instagram/read-json.ts'

/** `access_token` of pages, `client_token`, and whatever Meta calls the next one. */
const TOKEN_NAME =
  /(access|client|refresh|page|user|app|id)_?tokens?$|^tokens?$|secret$|^appsecret_proof$/i
const WITHHELD = '[withheld]'
/** Nothing of Meta's nests deeper. */
const DEPTH_MAX = 200

type Places = {
  /** Meta's host as configured, without a slash at its end. */
  readonly graphUrl: string
  /** The proxy's own address for this connection. */
  readonly ownUrl: string
}

/**
 * Meta's answer without a token in it: addresses of next pages lead back to the proxy, fields that hold tokens are
 * withheld, and the connection's own token is taken out wherever it stands. Everything else stays, big numbers to the
 * last digit.
 *
 * @returns undefined for bytes that are no JSON.
 */
export function scrubAnswer(body: Uint8Array, token: Secret, places: Places): string | undefined {
  const json = readJsonForRewriting(body)
  if (json === undefined) return undefined
  const clean = scrub(json, { token: token.reveal(), ...places }, 0)
  return clean === TOO_DEEP ? undefined : JSON.stringify(clean)
}

type Context = Places & { readonly token: string }
const TOO_DEEP = Symbol('too deep')

/** Node 24 has `JSON.isRawJSON`; TypeScript's library does not list it, hence the cast. */
const { isRawJSON } = JSON as JSON & { isRawJSON(this: void, value: unknown): boolean }

function scrub(value: unknown, context: Context, depth: number): unknown {
  if (typeof value === 'string') return scrubText(value, context)
  if (typeof value !== 'object' || value === null || isRawJSON(value)) return value
  if (depth > DEPTH_MAX) return TOO_DEEP
  if (Array.isArray(value)) {
    const items = value.map((item) => scrub(item, context, depth + 1))
    return items.includes(TOO_DEEP) ? TOO_DEEP : items
  }
  const clean: [string, unknown][] = []
  for (const [name, item] of Object.entries(value)) {
    const isToken = TOKEN_NAME.test(name) && typeof item === 'string'
    const scrubbed = isToken ? WITHHELD : scrub(item, context, depth + 1)
    if (scrubbed === TOO_DEEP) return TOO_DEEP
    clean.push([name.replaceAll(context.token, WITHHELD), scrubbed])
  }
  return Object.fromEntries(clean)
}

function scrubText(text: string, context: Context): string {
  const { token } = context
  const address = /^https?:\/\//i.test(text) ? rewriteAddress(text, context) : text
  return address.replaceAll(token, WITHHELD).replaceAll(encodeURIComponent(token), WITHHELD)
}

/** An address of the Graph host becomes ours; any other loses its token parameters only. */
function rewriteAddress(text: string, { graphUrl, ownUrl }: Context): string {
  if (!URL.canParse(text)) return text
  const isGraph = text.startsWith(`${graphUrl}/`)
  const url = new URL(text)
  const reserved = [...url.searchParams.keys()].filter((name) => TOKEN_NAME.test(name))
  if (!isGraph && reserved.length === 0) return text
  for (const name of reserved) url.searchParams.delete(name)
  if (!isGraph) return url.href
  const { pathname } = new URL(graphUrl)
  const path = url.pathname.slice(pathname === '/' ? 0 : pathname.length)
  return `${ownUrl}${path}${url.search}`
}
