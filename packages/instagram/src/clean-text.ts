const UNSTORABLE = /\0|\p{Surrogate}/gu

/**
 * Removes U+0000 and lone surrogates, which PostgreSQL refuses in text; one such name would poison a
 * whole batch. Emoji and other paired surrogates stay.
 */
export function cleanText(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text
  return text.replace(UNSTORABLE, '')
}
