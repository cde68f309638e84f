import { randomBytes } from 'node:crypto'
import { answerGraphError, answerJson } from '#stand-in/answer.ts'
import type { Call } from '#stand-in/answer.ts'
import { isShortLived, issueToken, ownerOf } from '#stand-in/tokens.ts'
import { accountId, accountNumber, APP_ID, APP_SECRET, appScopedId } from '#world.ts'

const LONG_LIVED_SECONDS = 5_183_944

type Code = { readonly ownerId: string; readonly redirectUri: string; readonly scopes: string[] }

/** Instagram Login without its pages: whoever comes is signed in already and agrees at once. */
export class Login {
  readonly #codes = new Map<string, Code>()
  #next = 0

  /** `www.instagram.com`. The cookie `stand_in_account` says who sits there; without it the accounts take turns. */
  authorize({ query, request, response }: Call): void {
    const redirectUri = query.get('redirect_uri') ?? ''
    if (query.get('client_id') !== APP_ID || redirectUri === '') {
      response.writeHead(400, { 'content-type': 'text/html' }).end('Invalid platform app')
      return
    }
    const cookie = /(?:^|; )stand_in_account=(\d{17})/.exec(request.headers.cookie ?? '')
    const ownerId = cookie?.[1] ?? accountId(this.#next)
    if (cookie === null) this.#next += 1
    const code = `AQ${randomBytes(24).toString('base64url')}`
    const scopes = (query.get('scope') ?? '').split(/[\s,]+/).filter((scope) => scope !== '')
    this.#codes.set(code, { ownerId, redirectUri, scopes })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    const state = query.get('state')
    if (state !== null) back.searchParams.set('state', state)
    response.writeHead(302, { location: `${back.href}#_` }).end()
  }

  /** `api.instagram.com`: one code, once. */
  exchangeCode({ request, response, body }: Call): void {
    const form = readForm(request.headers['content-type'] ?? '', body)
    const refuse = (message: string): void =>
      answerJson(response, 400, { error_type: 'OAuthException', code: 400, error_message: message })
    if (form.get('client_id') !== APP_ID || form.get('client_secret') !== APP_SECRET) {
      refuse('Invalid platform app')
      return
    }
    const code = form.get('code') ?? ''
    const known = this.#codes.get(code)
    this.#codes.delete(code)
    if (known === undefined) {
      refuse('Matching code was not found or was already used')
    } else if (known.redirectUri !== form.get('redirect_uri')) {
      refuse('Error validating verification code. Please make sure your redirect_uri is identical')
    } else {
      // As it is live: flat, and the id a bare number that a double cannot hold.
      const scoped = appScopedId(accountNumber(known.ownerId))
      const token = issueToken(known.ownerId, 'short')
      const permissions = JSON.stringify(known.scopes)
      const text = `{"access_token":"${token}","user_id":${scoped},"permissions":${permissions}}`
      answerJson(response, 200, text)
    }
  }

  /** `graph.instagram.com/access_token` and `/refresh_access_token`. */
  longLived({ path, query, response }: Call): void {
    const token = query.get('access_token') ?? ''
    const ownerId = ownerOf(token)
    const refresh = path[0] === 'refresh_access_token'
    if (ownerId === undefined || (!refresh && query.get('client_secret') !== APP_SECRET)) {
      answerGraphError(response, 400, { message: 'Error validating access token', code: 190 })
    } else if (refresh === isShortLived(token)) {
      answerGraphError(response, 400, { message: 'Unsupported token', code: 100 })
    } else {
      const access_token = issueToken(ownerId, 'long')
      answerJson(response, 200, {
        access_token,
        token_type: 'bearer',
        expires_in: LONG_LIVED_SECONDS,
      })
    }
  }
}

/** URL-encoded or multipart, both are in use. */
function readForm(contentType: string, body: string): URLSearchParams {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)/.exec(contentType)?.[1]
  if (boundary === undefined) return new URLSearchParams(body)
  const form = new URLSearchParams()
  for (const part of body.split(`--${boundary}`)) {
    const [head, value] = part.split('\r\n\r\n')
    const name = /name="([^"]+)"/.exec(head ?? '')?.[1]
    if (name !== undefined) form.set(name, (value ?? '').replace(/\r\n$/, ''))
  }
  return form
}
