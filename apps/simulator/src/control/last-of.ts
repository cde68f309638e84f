import type { Context } from 'hono'

/** The newest `?last=` of a list, all of it without. */
export function lastOf<T>(c: Context, items: readonly T[]): readonly T[] {
  const last = c.req.query('last')
  return last === undefined ? items : items.slice(-Math.max(1, Number(last) || 1))
}
