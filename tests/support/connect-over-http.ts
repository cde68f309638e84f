import { Browser } from '@parley/bench/browser.ts'
import type { ApiClient } from './api-client.ts'
import type { SimulatorClient } from './simulator-client.ts'

/**
 * Connects an account the way its owner does, without a screen: a link from the API, its page, the form, the simulator's
 * consent, the callback, and on to the return address.
 *
 * @param session what is asked of `POST /v1/connect-sessions`; it has to name the login.
 * @param choice what is chosen in the window, as the simulator's README has it.
 * @returns the parameters of the return address.
 */
async function connectOverHttp(
  at: { api: ApiClient; simulator: SimulatorClient },
  session: Readonly<Record<string, unknown>>,
  choice: Readonly<Record<string, unknown>>,
): Promise<URLSearchParams> {
  const { url } = await at.api.take<{ url: string }>('POST', '/v1/connect-sessions', session)
  const browser = new Browser()
  const dialog = await browser.submit(await browser.open(url))
  if (dialog.status !== 200) throw new Error(`no window: ${dialog.status} ${dialog.body}`)
  const back = await browser.open(await at.simulator.consent(dialog.url, choice))
  const returned = new URL(back.url).searchParams
  if (returned.get('connected') === null) {
    throw new Error(`not back: ${back.status} ${back.url} ${back.body}`)
  }
  return returned
}

/** @throws Error with the code when the account was not connected. @returns the connection's id. */
export async function connectAccount(
  at: { api: ApiClient; simulator: SimulatorClient },
  tenantId: string,
  account: string,
  pageId?: string,
): Promise<string> {
  const returned =
    pageId === undefined
      ? await connectOverHttp(at, { tenantId, login: 'instagram' }, { account })
      : await connectOverHttp(at, { tenantId, login: 'facebook', pageId }, { pages: [pageId] })
  const id = returned.get('connection_id')
  if (id === null) throw new Error(`not connected: ${returned.get('error')}`)
  return id
}
