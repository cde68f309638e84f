import { AppError } from '@parley/contract/app-error.ts'
import type { HttpStream } from '@parley/instagram/http-port.ts'
import { readJson } from '@parley/instagram/read-json.ts'
import type { Ports } from '#ports/ports.ts'
import { AnswerScrubber, UnreadableAnswer } from './answer-scrubber.ts'
import type { UsableGrant } from './schema.ts'

/** Longer than any of Meta's refusals: what is shorter is looked at as a whole. */
const HELD_BYTES = 64 * 1024

/** Meta's answer, its beginning read. */
export type BegunAnswer = Omit<HttpStream, 'body'> & {
  readonly start: Buffer
  /** Undefined: `start` is all of it. */
  readonly rest: AsyncIterator<Uint8Array> | undefined
}

/** Meta's answer as the caller sees it. */
export type GraphAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | ReadableStream<Uint8Array>
}

/** Ends the caller's connection: an answer that was cut must not look whole. */
export type BreakOff = (error: unknown) => void

/** Of Meta's headers these alone pass: which version answered, how full the meters are, what support asks for. */
const PASSED_HEADERS = [
  'facebook-api-version',
  'x-app-usage',
  'x-business-use-case-usage',
  'x-fb-trace-id',
  'x-fb-request-id',
  'x-fb-rev',
]

/** Reads on until it is clear whether the answer is short. @throws HttpFailure */
export async function beginAnswer(answer: HttpStream): Promise<BegunAnswer> {
  const { status, headers } = answer
  const rest = answer.body[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  let size = 0
  while (size <= HELD_BYTES) {
    const next = await rest.next()
    if (next.done === true)
      return { status, headers, start: Buffer.concat(chunks), rest: undefined }
    chunks.push(next.value)
    size += next.value.byteLength
  }
  return { status, headers, start: Buffer.concat(chunks), rest }
}

/**
 * The answer without tokens: a short one as a whole, a long one as it comes. One that turns out to be no JSON on its way
 * breaks off.
 *
 * @throws AppError `graph/answer-unreadable` for redirects, pages and whatever else is no JSON.
 */
export async function showGraphAnswer(
  ports: Pick<Ports, 'config' | 'log'>,
  grant: UsableGrant,
  answer: BegunAnswer,
  breakOff: BreakOff,
): Promise<GraphAnswer> {
  const { start, rest, status } = answer
  const { metaUrls, url } = ports.config
  const graphUrl = grant.login === 'facebook' ? metaUrls.facebookGraph : metaUrls.instagramGraph
  const scrubber = new AnswerScrubber(grant.token, {
    graphUrl: graphUrl.replace(/\/+$/, ''),
    ownUrl: `${url}/v1/connections/${grant.connectionId}/graph`,
  })
  const isRedirect = status >= 300 && status < 400
  const isJson = rest === undefined ? readJson(start) !== undefined : beginsAsJson(start, status)
  if (isRedirect || !isJson) {
    await rest?.return?.()
    throw new AppError('graph/answer-unreadable')
  }
  const headers: Record<string, string> = {}
  for (const name of PASSED_HEADERS) {
    const value = answer.headers[name]
    if (typeof value === 'string' && !value.includes(grant.token.reveal())) headers[name] = value
  }
  if (rest !== undefined) {
    const pieces = scrubPieces(ports, grant, { start, rest, scrubber, breakOff })
    return { status, headers, body: ReadableStream.from(pieces) }
  }
  return { status, headers, body: scrubWhole(start, scrubber) }
}

/** Refusals are short: a long one is something else's. */
function beginsAsJson(start: Buffer, status: number): boolean {
  return status >= 200 && status < 300 && /^\s*[{[]/.test(start.toString('latin1', 0, 100))
}

function scrubWhole(start: Buffer, scrubber: AnswerScrubber): string {
  try {
    return scrubber.push(start.toString('utf8').replace(/^\uFEFF/, '')) + scrubber.end()
  } catch (cause) {
    if (cause instanceof UnreadableAnswer) throw new AppError('graph/answer-unreadable', { cause })
    throw cause
  }
}

async function* scrubPieces(
  ports: Pick<Ports, 'log'>,
  grant: UsableGrant,
  answer: {
    start: Buffer
    rest: AsyncIterator<Uint8Array>
    scrubber: AnswerScrubber
    breakOff: BreakOff
  },
): AsyncGenerator<Uint8Array> {
  const { start, rest, scrubber, breakOff } = answer
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    yield Buffer.from(scrubber.push(decoder.decode(start, { stream: true })))
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      const clean = scrubber.push(decoder.decode(next.value, { stream: true }))
      if (clean !== '') yield Buffer.from(clean)
    }
    yield Buffer.from(scrubber.push(decoder.decode()) + scrubber.end())
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error
    ports.log.warn({ connectionId: grant.connectionId, error: name }, 'a Graph answer broke off')
    breakOff(error)
  } finally {
    // Also when the caller went away: Meta need not send the rest.
    await rest.return?.()
  }
}
