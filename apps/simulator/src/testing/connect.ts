import {
  FACEBOOK_APP,
  FACEBOOK_SCOPES,
  INSTAGRAM_APP,
  INSTAGRAM_SCOPES,
  REDIRECT,
  at,
} from './test-simulator.ts'
import type { Answer, TestSimulator } from './test-simulator.ts'

export const LUMEN = {
  key: 'lumen.chiro',
  id: '17841400000000101',
  appScopedId: '28978671838402973',
}
export const CASA = { key: 'casa.verde', id: '17841400000000203', pageId: '134895793791901' }

/** A fresh code of the Instagram window. */
export async function instagramCode(
  test: TestSimulator,
  { account = LUMEN.key, scope = INSTAGRAM_SCOPES }: { account?: string; scope?: string } = {},
): Promise<string> {
  const query = {
    client_id: INSTAGRAM_APP.id,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope,
  }
  const back = await test.consent(query, { account })
  return back.searchParams.get('code') ?? ''
}

export function exchangeCode(
  test: TestSimulator,
  code: string,
  changed: Record<string, string> = {},
): Promise<Answer> {
  return test.request('POST', `${test.simulator.urls.INSTAGRAM_API_URL}/oauth/access_token`, {
    body: new URLSearchParams({
      client_id: INSTAGRAM_APP.id,
      client_secret: INSTAGRAM_APP.secret,
      grant_type: 'authorization_code',
      redirect_uri: REDIRECT,
      code,
      ...changed,
    }),
  })
}

export async function longToken(test: TestSimulator, account = LUMEN.key): Promise<string> {
  const { json } = await exchangeCode(test, await instagramCode(test, { account }))
  const query = new URLSearchParams({
    grant_type: 'ig_exchange_token',
    client_secret: INSTAGRAM_APP.secret,
    access_token: shortOf(json),
  })
  const long = await test.instagram('GET', `/access_token?${query.toString()}`)
  return String(at(long.json, 'access_token'))
}

export const shortOf = (json: unknown): string => String(at(json, 'access_token'))

/** A connected and subscribed Instagram account; gives its long-lived token. */
export async function connectInstagram(test: TestSimulator): Promise<string> {
  const token = await longToken(test)
  const path = `/v25.0/${LUMEN.id}/subscribed_apps?subscribed_fields=messages`
  await test.instagram('POST', path, token)
  return token
}

/** The Facebook user's token after the dialog; long-lived unless asked otherwise. */
export async function facebookUserToken(
  test: TestSimulator,
  { isLong = true, decision = {} }: { isLong?: boolean; decision?: Record<string, unknown> } = {},
): Promise<string> {
  const query = {
    client_id: FACEBOOK_APP.id,
    redirect_uri: REDIRECT,
    state: 's',
    scope: FACEBOOK_SCOPES,
  }
  const back = await test.consent(query, decision)
  const app = { client_id: FACEBOOK_APP.id, client_secret: FACEBOOK_APP.secret }
  const ask = async (more: Record<string, string>) => {
    const asked = new URLSearchParams({ ...app, ...more })
    const { json } = await test.facebook('GET', `/v25.0/oauth/access_token?${asked.toString()}`)
    return String(at(json, 'access_token'))
  }
  const short = await ask({ redirect_uri: REDIRECT, code: back.searchParams.get('code') ?? '' })
  return isLong ? await ask({ grant_type: 'fb_exchange_token', fb_exchange_token: short }) : short
}

/** casa.verde by way of its page, subscribed; gives the page token. */
export async function connectPage(test: TestSimulator): Promise<string> {
  const user = await facebookUserToken(test)
  const { json } = await test.facebook('GET', `/v25.0/${CASA.pageId}?fields=access_token`, user)
  const token = String(at(json, 'access_token'))
  await test.facebook('POST', `/v25.0/${CASA.pageId}/subscribed_apps`, token, {
    subscribed_fields: ['messages', 'message_reads'],
  })
  return token
}

/** A person writes and is known from then on; gives the IGSID and the mid. */
export async function personWrites(
  test: TestSimulator,
  { person = 'ana', account = LUMEN.key, ...message }: Record<string, unknown> = {},
): Promise<{ igsid: string; mid: string }> {
  const body = Object.keys(message).length > 0 ? message : { text: 'Hello' }
  const told = await test.control('POST', `/people/${String(person)}/messages`, {
    account,
    ...body,
  })
  const thread = await test.control('GET', `/threads/${String(account)}/${String(person)}`)
  return { igsid: String(at(thread, 'igsid')), mid: String(at(told, 'mid')) }
}
