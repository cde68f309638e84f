import { entryAccountId } from './webhook.ts'
import { isRecord, listOf } from './read-field.ts'
import { readJson, readJsonForRewriting } from './read-json.ts'

/**
 * Splits a delivery body by whose entries it holds, so that each owner's part can be sealed for that
 * owner alone. A body of one owner is returned byte for byte; of several, each part is the body again
 * with only the owner's entries, in order, no digit of any number lost.
 *
 * @param ownerOf names the owner of an account id as sent (`""` when an entry has none).
 * @returns owner → bytes, owners in order of first appearance; empty when the body cannot be read.
 */
export function splitBodyByEntries(
  body: Uint8Array,
  ownerOf: (accountId: string) => string,
): Map<string, Uint8Array> {
  const owners = wrappersOf(readJson(body)).map((wrapper) =>
    listOf(wrapper['entry']).map((entry) => ownerOf(entryAccountId(entry))),
  )
  const distinct = new Set(owners.flat())
  const [first] = distinct
  if (first === undefined) return new Map()
  if (distinct.size === 1) return new Map([[first, body]])

  // Parsed again in a form whose numbers survive being written; entries stand at the same places.
  const wrappers = wrappersOf(readJsonForRewriting(body))
  const parts = new Map<string, Uint8Array>()
  for (const owner of distinct) {
    const own = wrappers
      .map((wrapper, i) => ({
        ...wrapper,
        entry: listOf(wrapper['entry']).filter((_, j) => owners[i]?.[j] === owner),
      }))
      .filter((wrapper) => wrapper.entry.length > 0)
    parts.set(owner, Buffer.from(JSON.stringify(own.length === 1 ? own[0] : own)))
  }
  return parts
}

function wrappersOf(parsed: unknown): Record<string, unknown>[] {
  return (Array.isArray(parsed) ? parsed : [parsed]).filter(isRecord)
}
