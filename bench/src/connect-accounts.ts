import { Browser } from '#browser.ts'
import { pause } from '#child.ts'
import { ParleyApi } from '#parley-api.ts'
import { accountId } from '#world.ts'

export type Connecting = {
  readonly parleyUrl: string
  readonly apiKey: string
  readonly standInUrl: string
}

const AT_ONCE = 4

/**
 * Connects accounts the way their owners do: a link from the API, its page, the form, Meta's dialog, the callback, and
 * back at the product with `connected=1`.
 *
 * @param automation is copied to each connection as it first connects; null leaves them silent.
 */
export async function connectAccounts(
  at: Connecting,
  tenantId: string,
  range: { first: number; count: number },
  automation: unknown,
): Promise<void> {
  const api = new ParleyApi(at.parleyUrl, at.apiKey)
  const returnUrl = `${at.standInUrl}/returned`
  await api.call('PUT', `/v1/tenants/${tenantId}`, {
    name: `Bench ${tenantId}`,
    returnUrls: [returnUrl],
    defaultAutomation: automation,
  })
  let next = range.first
  const connectSome = async (): Promise<void> => {
    while (next < range.first + range.count) {
      const account = accountId(next)
      next += 1
      await connectOne(api, at, { tenantId, returnUrl, account })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, connectSome))
}

async function connectOne(
  api: ParleyApi,
  at: Connecting,
  wanted: { tenantId: string; returnUrl: string; account: string },
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const session = await api.call<{ url: string }>('POST', '/v1/connect-sessions', {
      tenantId: wanted.tenantId,
      login: 'instagram',
      returnUrl: wanted.returnUrl,
    })
    const browser = new Browser()
    browser.setCookie(at.standInUrl, 'stand_in_account', wanted.account)
    const page = await browser.open(session.url)
    const back = page.status === 429 ? page : await browser.submit(page)
    if (new URL(back.url).searchParams.get('connected') === '1') return
    if (back.status !== 429 || attempt > 20) {
      throw new Error(`${wanted.account} did not connect: ${back.status} ${back.url} ${back.body}`)
    }
    await pause(Number(back.headers['retry-after'] ?? 1) * 1_000)
  }
}
