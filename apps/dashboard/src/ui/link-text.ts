export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string }

/** Sentence marks at the end of an address belong to the sentence. */
const WEB_ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g

/** Text with its web addresses apart. Only http and https ever become links. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(WEB_ADDRESS)) {
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) })
    parts.push({ kind: 'link', text: match[0], href: match[0] })
    end = match.index + match[0].length
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) })
  return parts
}

/** An address that may be opened or shown: of the web, or of this server. */
export const isWebAddress = (url: string): boolean => /^(?:https?:\/\/|\/(?![/\\]))/i.test(url)
