import type { Secret } from '@parley/instagram/secret.ts'

/** `access_token` of pages, `client_token`, and whatever Meta calls the next one. */
const TOKEN_NAME =
  /(access|client|refresh|page|user|app|id)_?tokens?$|^tokens?$|secret$|^appsecret_proof$/i
const WITHHELD = '[withheld]'
/** Longer than any text of Meta's. */
const TEXT_MAX = 1024 * 1024
/** What JSON has outside of its texts; a token would need other letters. */
const BETWEEN_TEXTS = /^[\s{}[\]:,0-9.eE+\-truefalsn]*$/

export type GraphPlaces = {
  /** Meta's host as configured, without a slash at its end. */
  readonly graphUrl: string
  /** The proxy's own address for this connection. */
  readonly ownUrl: string
}

/** What came is no JSON, and so could not be searched. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer'
}

/**
 * Takes the tokens out of Meta's answer as it passes: addresses of next pages lead back to the proxy, fields that hold
 * tokens are withheld, and the connection's own token is taken out wherever it stands. Everything else stays byte for
 * byte.
 *
 * It walks from text to text of the JSON. A text is held until it is whole, and then until what follows says whether it
 * is a name (a colon) or a value; a name that speaks of a token marks the text after it.
 */
export class AnswerScrubber {
  readonly #token: string
  readonly #places: GraphPlaces
  /** A text that has begun, from its opening quote on. */
  #open: string | undefined
  #isEscaped = false
  /** A whole text and the space behind it: name or value? */
  #whole: { text: string; space: string } | undefined
  #isTokenNext = false

  constructor(token: Secret, places: GraphPlaces) {
    this.#token = token.reveal()
    this.#places = places
  }

  /** @returns what may go out now. @throws UnreadableAnswer */
  push(chunk: string): string {
    let out = ''
    let at = 0
    while (at < chunk.length) {
      const isInside = this.#open !== undefined
      const quote = isInside ? this.#findClosing(chunk, at) : chunk.indexOf('"', at)
      const end = quote < 0 ? chunk.length : quote + (isInside ? 1 : 0)
      const piece = chunk.slice(at, end)
      if (isInside) this.#readText(piece, quote >= 0)
      else out += this.#readBetween(piece)
      if (!isInside && quote >= 0) out += this.#openText()
      at = !isInside && quote >= 0 ? end + 1 : end
    }
    return out
  }

  /** The rest. @throws UnreadableAnswer when a text has no end. */
  end(): string {
    if (this.#open !== undefined) throw new UnreadableAnswer()
    return this.#releaseValue()
  }

  #findClosing(chunk: string, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const sign = chunk[at]
      if (this.#isEscaped) this.#isEscaped = false
      else if (sign === '\\') this.#isEscaped = true
      else if (sign === '"') return at
    }
    return -1
  }

  #openText(): string {
    // Two texts in a row are no JSON, but the first of them is searched all the same.
    const before = this.#releaseValue()
    this.#open = '"'
    return before
  }

  #readText(piece: string, isWhole: boolean): void {
    const text = `${this.#open ?? ''}${piece}`
    if (text.length > TEXT_MAX) throw new UnreadableAnswer()
    this.#open = isWhole ? undefined : text
    if (isWhole) this.#whole = { text, space: '' }
  }

  #readBetween(piece: string): string {
    if (!BETWEEN_TEXTS.test(piece)) throw new UnreadableAnswer()
    const [sign] = piece.trimStart()
    if (sign === undefined) {
      if (this.#whole === undefined) return piece
      this.#whole.space += piece
      return ''
    }
    const isName = sign === ':' && this.#whole !== undefined
    const before = isName ? this.#releaseName() : this.#releaseValue()
    // A number, a list or an object is no token.
    if (piece.trim() !== ':') this.#isTokenNext = false
    return before + piece
  }

  #releaseName(): string {
    const { text, space } = this.#whole ?? { text: '""', space: '' }
    this.#whole = undefined
    const name = parseText(text)
    this.#isTokenNext = TOKEN_NAME.test(name)
    const clean = name.replaceAll(this.#token, WITHHELD)
    return (clean === name ? text : JSON.stringify(clean)) + space
  }

  #releaseValue(): string {
    if (this.#whole === undefined) return ''
    const { text, space } = this.#whole
    this.#whole = undefined
    if (!this.#isTokenNext) return this.#scrub(text) + space
    this.#isTokenNext = false
    return JSON.stringify(WITHHELD) + space
  }

  #scrub(text: string): string {
    const isPlain = !text.includes('\\') && !text.includes('http') && !text.includes(this.#token)
    if (isPlain) return text
    const value = parseText(text)
    const address = /^https?:\/\//i.test(value) ? rewriteAddress(value, this.#places) : value
    const clean = address
      .replaceAll(this.#token, WITHHELD)
      .replaceAll(encodeURIComponent(this.#token), WITHHELD)
    return clean === value ? text : JSON.stringify(clean)
  }
}

function parseText(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new UnreadableAnswer(undefined, { cause })
    throw cause
  }
}

/** An address of the Graph host becomes ours; any other loses its token parameters only. */
function rewriteAddress(text: string, { graphUrl, ownUrl }: GraphPlaces): string {
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
