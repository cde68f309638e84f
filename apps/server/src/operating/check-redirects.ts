import type { Finding } from '@parley/contract/doctor.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpPort } from '@parley/instagram/http-port.ts'
import { LOGINS } from '@parley/instagram/login.ts'
import type { Login } from '@parley/instagram/login.ts'
import { scopesFor } from '@parley/instagram/scopes.ts'
import { redirectUriOf } from '#connect/begin-login.ts'
import type { Ports } from '#ports/ports.ts'
import { found, ok } from './findings.ts'

const TIMEOUT_MS = 10_000
const PAGE_BYTES_MAX = 4 * 1024 * 1024
/** What the two windows say on a page of theirs instead of leading back. Source: fact sheet 1.1 and 2.1, read 2026-11-20. */
const REFUSED = /invalid redirect_uri|URL blocked|redirect URI is not white-?listed/i

const WHERE: Readonly<Record<Login, string>> = {
  instagram: 'Business login settings, OAuth redirect URIs',
  facebook: 'Facebook Login, Settings, Valid OAuth Redirect URIs',
}

type Touched = Pick<Ports, 'config' | 'graph'>

/** Does each login's window take our redirect address, character for character? */
export async function checkRedirects(ports: Touched, http: HttpPort): Promise<Finding[]> {
  const { instagramApp, facebookApp } = ports.config
  const logins = LOGINS.filter((login) =>
    login === 'instagram' ? instagramApp !== undefined : facebookApp !== undefined,
  )
  return await Promise.all(logins.map(async (login) => await checkOne(ports, http, login)))
}

async function checkOne(ports: Touched, http: HttpPort, login: Login): Promise<Finding> {
  const check = `${login} redirect address`
  const uri = redirectUriOf(ports.config, login)
  const fix = `Enter exactly ${uri} in Meta's dashboard: ${WHERE[login]}.`
  try {
    const answer = await ask(ports, http, login, uri)
    if (answer === 'window') return ok(check, `${uri} is registered.`)
    if (answer === 'nothing') {
      const message = 'The login window did not say whether the address is registered.'
      return found('unknown', check, message, fix, uri)
    }
    const withSlash = `${uri}/`
    if ((await ask(ports, http, login, withSlash)) === 'window') {
      const message = `${withSlash} is registered, with a slash at the end that does not belong there.`
      return found('problem', check, message, fix, uri)
    }
    return found('problem', check, `${uri} is not registered.`, fix, uri)
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error
    return found('unknown', check, 'The login window could not be reached.', fix, uri)
  }
}

/** Shown the consent, refused for the address, or nothing that proves either: another page, a way to sign in first. */
async function ask(
  ports: Touched,
  http: HttpPort,
  login: Login,
  redirectUri: string,
): Promise<'window' | 'refused' | 'nothing'> {
  const request = { redirectUri, state: 'parley-doctor', scopes: scopesFor(login, []) }
  const url =
    login === 'instagram'
      ? ports.graph.instagramAuthorizeUrl(request)
      : ports.graph.facebookAuthorizeUrl(request)
  const { status, body } = await http({
    method: 'GET',
    url,
    // The refusals below are English.
    headers: { accept: 'text/html', 'accept-language': 'en' },
    timeoutMs: TIMEOUT_MS,
    maxBytes: PAGE_BYTES_MAX,
  })
  if (REFUSED.test(Buffer.from(body).toString('utf8'))) return 'refused'
  return status === 200 ? 'window' : 'nothing'
}
