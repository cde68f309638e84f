import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'

const LENGTH_MIN = 12
/** Of every needle so much is looked up at once; every shape is at least that long. */
const START = 8

/** Everything that must stay out of logs, of statements and of a dump, under the name it is known by. */
export class Canaries {
  readonly #all = new Map<string, string>()

  get names(): string[] {
    return [...this.#all.keys()]
  }

  /** Makes one. Its beginning is random: a text that was cut short is found too. */
  make(name: string): string {
    return this.keep(name, `${randomBytes(9).toString('hex')}-${name.replaceAll(' ', '-')}`)
  }

  /** Keeps one that somebody else made. */
  keep(name: string, value: string): string {
    assert.ok(value.length >= LENGTH_MIN, `${name} is long enough to be found by chance never`)
    this.#all.set(name, value)
    return value
  }

  value(name: string): string {
    return this.#all.get(name) ?? assert.fail(`there is no canary ${name}`)
  }

  /** The names of those that stand in a text, as they are or dressed up, whole or their first half. */
  foundIn(text: string): string[] {
    const needles = new Map<string, string>()
    for (const [name, value] of this.#all) {
      const half = value.slice(0, Math.ceil(value.length / 2))
      for (const part of half.length >= LENGTH_MIN ? [value, half] : [value]) {
        for (const shape of Object.values(shapesOf(part))) needles.set(shape, name)
      }
    }
    return [...new Set(findAll(text, needles))].toSorted()
  }
}

/** Ways in which a program may write a text. Base64 depends on what stands before: three beginnings are enough. */
export function shapesOf(value: string): Record<string, string> {
  const bytes = Buffer.from(value)
  const json = JSON.stringify(value).slice(1, -1)
  const url = encodeURIComponent(value)
  return {
    plain: value,
    hex: bytes.toString('hex'),
    HEX: bytes.toString('hex').toUpperCase(),
    ...base64At(bytes, 'base64'),
    ...base64At(bytes, 'base64url'),
    url,
    'lower-case url': url.replaceAll(/%../g, (escape) => escape.toLowerCase()),
    form: new URLSearchParams({ '': value }).toString().slice(1),
    json,
    'json in json': JSON.stringify(json).slice(1, -1),
    'json in ascii': json.replaceAll(
      /[^ -~]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
    sql: value.replaceAll("'", "''"),
  }
}

/** The signs that are the same whatever follows, for a text that stands 0, 1 or 2 bytes behind a group's beginning. */
function base64At(bytes: Buffer, alphabet: 'base64' | 'base64url'): Record<string, string> {
  return Object.fromEntries(
    [0, 1, 2].map((offset) => {
      const all = Buffer.concat([Buffer.alloc(offset), bytes])
      const whole = Math.floor((all.length * 8) / 6)
      return [
        `${alphabet} +${offset}`,
        all.toString(alphabet).slice(Math.ceil((offset * 8) / 6), whole),
      ]
    }),
  )
}

/** What is found of thousands of needles in one walk over a long text. */
function* findAll(text: string, needles: ReadonlyMap<string, string>): Generator<string> {
  const byStart = Map.groupBy(needles.keys(), (needle) => needle.slice(0, START))
  const pairs = new Uint8Array(0x1_0000)
  const pairAt = (of: string, at: number): number =>
    ((of.charCodeAt(at) & 0xff) << 8) | (of.charCodeAt(at + 1) & 0xff)
  for (const start of byStart.keys()) pairs[pairAt(start, 0)] = 1
  for (let at = 0; at + START <= text.length; at += 1) {
    if (pairs[pairAt(text, at)] === 0) continue
    for (const needle of byStart.get(text.slice(at, at + START)) ?? []) {
      if (text.startsWith(needle, at)) yield needles.get(needle) ?? ''
    }
  }
}
