import type { Message } from '@parley/contract/message.ts'

/**
 * One thread from pages that came newest first, each oldest first inside. A line that moved from one
 * page to the next between two reads is shown once, in its newest shape.
 */
export function mergeMessages(pages: readonly { data: readonly Message[] }[]): Message[] {
  const seen = new Set<string>()
  const merged: Message[] = []
  for (const page of pages) {
    const fresh = page.data.filter((message) => !seen.has(message.id))
    for (const message of fresh) seen.add(message.id)
    merged.unshift(...fresh)
  }
  return merged
}

/** The same pages with lines the server has just accepted, at the end of the newest page. */
export function addToNewest<P extends { data: Message[] }>(
  pages: readonly P[],
  accepted: readonly Message[],
): P[] {
  const [newest, ...older] = pages
  if (newest === undefined) return []
  const known = new Set(newest.data.map((message) => message.id))
  const added = accepted.filter((message) => !known.has(message.id))
  return [{ ...newest, data: [...newest.data, ...added] }, ...older]
}

/** Rows of a list from its pages; one that moved between pages is shown once. */
export function mergeRows<R extends { id: string }>(pages: readonly { data: readonly R[] }[]): R[] {
  const rows = new Map<string, R>()
  for (const page of pages) {
    for (const row of page.data) if (!rows.has(row.id)) rows.set(row.id, row)
  }
  return [...rows.values()]
}
