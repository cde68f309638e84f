import { decodeCursor, encodeCursor } from '#http/cursor.ts'
import type { Position } from '#http/cursor.ts'

/** What a store needs for one page: it selects `limit + 1` rows after `after`. */
export type Page = { readonly after: Position | undefined; readonly limit: number }

export function pageOf(query: { cursor?: string | undefined; limit: number }): Page {
  return {
    after: query.cursor === undefined ? undefined : decodeCursor(query.cursor),
    limit: query.limit,
  }
}

/** Cuts the `limit + 1` rows a store found to one page; the extra row only says that there is more. */
export function listOfRows<Row, Item>(
  rows: readonly Row[],
  page: Page,
  positionOf: (row: Row) => Position,
  toItem: (row: Row) => Item,
): { data: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    data: shown.map(toItem),
    nextCursor:
      rows.length > page.limit && last !== undefined ? encodeCursor(positionOf(last)) : null,
  }
}
