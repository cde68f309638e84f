import { lookup, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { Agent } from 'undici'
import type { Dispatcher } from 'undici'
import { isPublicAddress } from './public-address.ts'

/** Every address a name stands for. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** Why an address of the host is not called. */
export type HostUrlFault = 'not_a_url' | 'not_https' | 'has_credentials' | 'private_address'

/** A call that is not made: its address does not lead to the public internet, or not safely. */
export class HostUrlRefused extends Error {
  override readonly name = 'HostUrlRefused'
  readonly fault: HostUrlFault

  constructor(fault: HostUrlFault) {
    super(`the address is refused: ${fault}`)
    this.fault = fault
  }
}

type HostPost = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** From the call to the answer's end. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** The way to the host's own servers, whose addresses anybody with a key may have written. */
export interface HostHttp {
  /**
   * Whether an address may be called as far as can be told now. A name that does not resolve may: it is looked at
   * again at every call.
   */
  check(url: string): Promise<HostUrlFault | undefined>
  /**
   * Posts, and returns the status. Redirects are answers like any other; the body is thrown away.
   *
   * @throws HostUrlRefused before anything is sent; another error when there was no answer.
   */
  post(request: HostPost): Promise<{ status: number }>
}

const CONNECT_TIMEOUT_MS = 5_000
const KEEP_ALIVE_MS = 4_000
const CONNECTIONS_PER_HOST_MAX = 16
const CHECK_TIMEOUT_MS = 3_000
/** A longer answer costs its connection, nothing else. */
const ANSWER_BYTES_MAX = 16 * 1024

/** Names the operator wrote: whatever the machine makes of them. */
const resolveHere: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address)

/**
 * Names anybody wrote: DNS alone, never the machine's own list, and not by the few threads that files and ciphers share,
 * which a name server that keeps silent would hold.
 */
function resolveByDns(): Resolve {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ])
    const found = [v4, v6].flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
    if (found.length === 0 && v4.status === 'rejected') throw v4.reason
    return found
  }
}

/**
 * Resolves names itself and connects to the very address it checked, so that a name cannot stand for one address when
 * it is looked at and for another when it is called.
 *
 * @param options.privateTargets host:port that may be private, and plain http.
 */
export function createHostHttp(options: {
  readonly privateTargets: readonly string[]
  readonly resolve?: Resolve
}): HostHttp {
  const resolve = options.resolve ?? resolveByDns()
  const allowed = new Set(options.privateTargets)
  const settings = {
    connections: CONNECTIONS_PER_HOST_MAX,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
  }
  const agentWith = (find: Resolve): Agent =>
    new Agent({ ...settings, connect: { timeout: CONNECT_TIMEOUT_MS, lookup: lookupBy(find) } })
  const publicAgent = agentWith(async (hostname) => {
    const found = await resolve(hostname)
    if (!found.every(isPublicAddress)) throw new HostUrlRefused('private_address')
    return found
  })
  const privateAgent = agentWith(options.resolve ?? resolveHere)

  return {
    async check(text) {
      const { fault, isNamed, hostname } = judge(text, allowed)
      if (fault !== undefined || isNamed || isIP(hostname) !== 0) return fault
      const found = await within(CHECK_TIMEOUT_MS, resolve(hostname)).catch(() => [])
      return found.every(isPublicAddress) ? undefined : 'private_address'
    },
    async post(request) {
      const { fault, isNamed } = judge(request.url, allowed)
      if (fault !== undefined) throw new HostUrlRefused(fault)
      return await send(isNamed ? privateAgent : publicAgent, request)
    },
  }
}

type Judged = { fault: HostUrlFault | undefined; isNamed: boolean; hostname: string }

/** What can be told from the address alone. The URL parser has turned every spelling of an IP address into one. */
function judge(text: string, allowed: ReadonlySet<string>): Judged {
  if (!URL.canParse(text)) return { fault: 'not_a_url', isNamed: false, hostname: '' }
  const { protocol, hostname: written, port, username, password } = new URL(text)
  const hostname = written.replace(/^\[|\]$/g, '')
  const isHttps = protocol === 'https:'
  const isNamed = allowed.has(`${written}:${port === '' ? (isHttps ? '443' : '80') : port}`)
  const judged = (fault: HostUrlFault | undefined): Judged => ({ fault, isNamed, hostname })
  if (!isHttps && !(isNamed && protocol === 'http:')) return judged('not_https')
  if (username !== '' || password !== '') return judged('has_credentials')
  const isClosed = isIP(hostname) === 0 ? isLocalName(hostname) : !isPublicAddress(hostname)
  return judged(isClosed && !isNamed ? 'private_address' : undefined)
}

/** Names that mean this machine or its network, whatever a name server says. */
function isLocalName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '')
  return !name.includes('.') || /\.(localhost|local|internal)$/.test(name)
}

/** In the form the socket asks in. It connects to nothing but what is answered here. */
function lookupBy(find: Resolve): LookupFunction {
  const answer = async (...[hostname, { all }, callback]: Parameters<LookupFunction>) => {
    try {
      const found = (await find(hostname)).map((address) => ({ address, family: isIP(address) }))
      const [first] = found
      if (first === undefined) throw new Error('the name has no address')
      if (all === true) callback(null, found)
      else callback(null, first.address, first.family)
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), '', 0)
    }
  }
  return (...asked) => void answer(...asked)
}

async function send(agent: Agent, request: HostPost): Promise<{ status: number }> {
  const { origin, pathname, search } = new URL(request.url)
  const exchange = new Exchange()
  const onAbort = (): void => exchange.end(new Error('aborted'))
  if (request.signal?.aborted === true) throw new Error('aborted')
  const timer = setTimeout(() => exchange.end(new Error('no answer in time')), request.timeoutMs)
  request.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    agent.dispatch(
      {
        origin,
        path: `${pathname}${search}`,
        method: 'POST',
        headers: request.headers,
        body: request.body,
        headersTimeout: request.timeoutMs,
        bodyTimeout: request.timeoutMs,
      },
      exchange,
    )
    return { status: await exchange.status }
  } catch (error) {
    // The connector hands on what the look-up threw, sometimes wrapped.
    const refused = error instanceof Error && error.cause instanceof HostUrlRefused
    throw refused ? error.cause : error
  } finally {
    request.signal?.removeEventListener('abort', onAbort)
    void exchange.over.then(() => clearTimeout(timer))
  }
}

/** One request: its status counts as soon as it is known, what follows is read away up to a limit. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly status: Promise<number>
  /** Nothing more of it will come. */
  readonly over: Promise<void>
  readonly #finish: () => void
  readonly #resolve: (status: number) => void
  readonly #reject: (error: Error) => void
  #controller: Dispatcher.DispatchController | undefined
  #ended: Error | undefined
  #bytes = 0

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.status = promise
    const over = Promise.withResolvers<void>()
    this.over = over.promise
    this.#finish = over.resolve
    this.#resolve = resolve
    this.#reject = reject
  }

  end(reason: Error): void {
    this.#reject(reason)
    this.#ended = reason
    this.#controller?.abort(reason)
    this.#finish()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#ended !== undefined) controller.abort(this.#ended)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#resolve(status)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > ANSWER_BYTES_MAX) controller.abort(new Error('the answer is too long'))
  }

  onResponseEnd(): void {
    this.#finish()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error)
    this.#finish()
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
