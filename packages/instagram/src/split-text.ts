import { cleanText } from './clean-text.ts'
import { TEXT_BYTES_MAX } from './limits.ts'

/** From the best place to cut to the last resort. `und`: the rules of no language in particular. */
const SENTENCES = new Intl.Segmenter('und', { granularity: 'sentence' })
const WORDS = new Intl.Segmenter('und', { granularity: 'word' })
const GRAPHEMES = new Intl.Segmenter('und', { granularity: 'grapheme' })

const LEVELS: readonly ((text: string) => Iterable<string>)[] = [
  (text) => segmentsOf(SENTENCES, text),
  (text) => segmentsOf(WORDS, text),
  (text) => segmentsOf(GRAPHEMES, text),
  // A string iterates by code point, so a surrogate pair is never torn.
  (text) => text,
]

/**
 * Splits an answer into Instagram messages of at most `bytesMax` UTF-8 bytes: between sentences, else
 * between words, else between visible characters. Only white space at the cuts is lost.
 *
 * @returns no message for blank text; the text itself when it fits.
 */
export function splitText(text: string, bytesMax: number = TEXT_BYTES_MAX): string[] {
  const clean = cleanText(text)
  if (clean.trim() === '') return []
  if (byteLength(clean) <= bytesMax) return [clean]
  return pack(clean, Math.max(bytesMax, 4), 0)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Fills parts with pieces of this level; a piece too large for any part is split at the next level. */
function pack(text: string, bytesMax: number, level: number): string[] {
  const piecesOf = LEVELS[level]
  if (piecesOf === undefined) return [text]
  const parts: string[] = []
  let part = ''
  let bytes = 0
  const close = (): void => {
    if (part !== '') parts.push(part)
    part = ''
    bytes = 0
  }
  for (const piece of piecesOf(text)) {
    const pieceBytes = byteLength(piece)
    if (bytes + byteLength(piece.trimEnd()) > bytesMax) close()
    if (byteLength(piece.trimEnd()) > bytesMax) {
      parts.push(...pack(piece, bytesMax, level + 1))
      continue
    }
    part += piece
    bytes += pieceBytes
  }
  close()
  return parts
}

function* segmentsOf(segmenter: Intl.Segmenter, text: string): Iterable<string> {
  for (const { segment } of segmenter.segment(text)) yield segment
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}
