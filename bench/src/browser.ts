import { request } from 'node:http'

export type Page = {
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

const REDIRECTS_MAX = 10
const ANSWER_TIMEOUT_MS = 30_000

/** A person's browser, as far as signing in needs one: keeps cookies per host and port, follows redirects, sends forms. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()

  setCookie(origin: string, name: string, value: string): void {
    const cookies = this.#cookies.get(origin) ?? new Map<string, string>()
    this.#cookies.set(origin, cookies.set(name, value))
  }

  async open(url: string): Promise<Page> {
    return await this.#follow('GET', url, undefined)
  }

  /** Presses the first button of the page's first POST form. */
  async submit(page: Page): Promise<Page> {
    const form = /<form\b([^>]*method="post"[^>]*)>([\s\S]*?)<\/form>/i.exec(page.body)
    if (form === null)
      throw new Error(`no form at ${page.url}: ${page.status} ${page.body.slice(0, 500)}`)
    const action = attribute(form[1] ?? '', 'action')
    const fields = new URLSearchParams()
    for (const [, tag = '', rest = ''] of (form[2] ?? '').matchAll(/<(input|button)\b([^>]*)>/gi)) {
      const name = attribute(rest, 'name')
      if (name === undefined || (tag === 'button' && fields.has(name))) continue
      fields.set(name, attribute(rest, 'value') ?? '')
    }
    return await this.#follow('POST', new URL(action ?? '', page.url).href, fields.toString())
  }

  async #follow(method: string, url: string, form: string | undefined): Promise<Page> {
    let page = await this.#exchange(method, url, form)
    for (let hop = 0; hop < REDIRECTS_MAX; hop += 1) {
      const { location } = page.headers
      if (page.status < 300 || page.status >= 400 || typeof location !== 'string') return page
      page = await this.#exchange('GET', new URL(location, page.url).href, undefined)
    }
    throw new Error(`too many redirects: ${page.url}`)
  }

  async #exchange(method: string, url: string, form: string | undefined): Promise<Page> {
    const { origin } = new URL(url)
    const cookies = [...(this.#cookies.get(origin) ?? [])].map(
      ([name, value]) => `${name}=${value}`,
    )
    const headers = {
      accept: 'text/html',
      ...(cookies.length > 0 ? { cookie: cookies.join('; ') } : {}),
      ...(form === undefined
        ? {}
        : {
            origin,
            referer: url,
            'sec-fetch-site': 'same-origin',
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': String(Buffer.byteLength(form)),
          }),
    }
    return await new Promise((resolve, reject) => {
      const sending = request(url, { method, headers, timeout: ANSWER_TIMEOUT_MS }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
        response.on('error', reject)
        response.on('end', () => {
          for (const line of response.headers['set-cookie'] ?? []) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
            if (name !== undefined) this.setCookie(origin, name, value ?? '')
          }
          resolve({ url, status: response.statusCode ?? 0, headers: response.headers, body })
        })
      })
      sending.on('timeout', () => sending.destroy(new Error(`no answer from ${url}`)))
      sending.on('error', reject)
      sending.end(form)
    })
  }
}

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1]
  return found
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
