import { eventually } from './eventually.ts'

type PhoneMessage = {
  readonly mid: string
  readonly from: 'person' | 'account'
  readonly sentBy: 'person' | 'app' | 'owner'
  readonly text: string | null
  readonly quickReplies: readonly { readonly title: string; readonly payload: string }[]
}

export type PhoneThread = { readonly igsid: string; readonly messages: readonly PhoneMessage[] }

/** The control API of Instagram in a box. */
export class SimulatorClient {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  /** Until it took the product's webhook callback: before, nobody hears what is written. */
  async ready(): Promise<void> {
    type State = { readonly apps: { readonly instagram: { readonly webhook: object | null } } }
    await eventually('the simulator took the callback', async () => {
      const { apps } = await this.get<State>('/state')
      return apps.instagram.webhook !== null
    })
  }

  /** A person writes to an account. @returns the new message's mid. */
  async write(person: string, account: string, text: string): Promise<string> {
    const told = await this.post<{ mid: string }>(`/people/${person}/messages`, { account, text })
    return told.mid
  }

  /** What the person's phone shows. */
  async thread(account: string, person: string): Promise<PhoneThread> {
    return await this.get<PhoneThread>(`/threads/${account}/${person}`)
  }

  /** What the account said there, oldest first. */
  async answers(account: string, person: string): Promise<string[]> {
    const { messages } = await this.thread(account, person)
    return messages.filter(({ from }) => from === 'account').map(({ text }) => text ?? '')
  }

  /** The window's answer to an authorize address, as the browser would be sent back with it. */
  async consent(url: string, choice: Readonly<Record<string, unknown>>): Promise<string> {
    const answer = await this.post<{ redirectUrl: string }>('/consent', { url, ...choice })
    return answer.redirectUrl
  }

  async get<Body>(path: string): Promise<Body> {
    return await this.#call<Body>('GET', path)
  }

  async post<Body>(path: string, body: unknown): Promise<Body> {
    return await this.#call<Body>('POST', path, body)
  }

  async remove(path: string): Promise<void> {
    await this.#call('DELETE', path)
  }

  async #call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const response = await fetch(`${this.url}/simulator${path}`, {
      method,
      signal: AbortSignal.timeout(120_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`simulator ${method} ${path}: ${response.status} ${text}`)
    // As apps/simulator/README.md describes it.
    return JSON.parse(text) as Body
  }
}
