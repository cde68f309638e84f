/** Sixteen digits and more do not survive `JSON.parse`, and Meta's ids have them. */
const LONG_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d{16,}/g

/** JSON with line breaks; anything else, or JSON that would change by it, as it is. */
export function prettyJson(text: string): string {
  const hasLongNumber = [...text.matchAll(LONG_NUMBER)].some(([found]) => !found.startsWith('"'))
  if (hasLongNumber) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
