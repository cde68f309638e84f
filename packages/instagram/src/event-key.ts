import { hash } from 'node:crypto'

/**
 * A key for something Meta gives no id: equal content, equal key. A digest, so that the key may stand in
 * an index without showing what a person wrote.
 */
export function derivedKey(kind: string, ...parts: readonly unknown[]): string {
  return `${kind}:${hash('sha256', textForm(parts), 'base64url').slice(0, 22)}`
}

function textForm(parts: readonly unknown[]): string {
  try {
    return JSON.stringify(parts)
  } catch (error) {
    // Nested too deep to write down. Nothing of Meta's is, so all such things may share a key.
    if (error instanceof RangeError) return 'too deep'
    throw error
  }
}
