import type { Box } from '#box.ts'
import type { ApiCall } from './graph-call.ts'
import { findText } from './params.ts'
import { refusal } from './refusals.ts'

const encodeCursor = (offset: number) => Buffer.from(`at:${offset}`).toString('base64url')

function decodeCursor(cursor: string): number {
  const found = /^at:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!found) throw refusal(100, { message: 'Invalid cursor' })
  return Number(found[1])
}

/** One page of a list with Graph's cursors; `next` is left out on the last page, and all of it when empty. */
export function pageOf<T>(
  box: Box,
  call: ApiCall,
  items: readonly T[],
  { limitDefault, limitMax }: { limitDefault: number; limitMax: number },
): { data: T[]; paging?: unknown } {
  const asked = Number(findText(call.params, 'limit') ?? limitDefault)
  if (!Number.isInteger(asked) || asked < 1) throw refusal(100, { message: 'Invalid limit' })
  const limit = Math.min(asked, limitMax)
  const after = findText(call.params, 'after')
  const start = after === undefined ? 0 : decodeCursor(after) + 1
  const data = items.slice(start, start + limit)
  if (data.length === 0) return { data }
  const last = start + data.length - 1
  const cursors = { before: encodeCursor(start), after: encodeCursor(last) }
  const hasMore = last + 1 < items.length
  return {
    data,
    paging: hasMore ? { cursors, next: nextUrl(box, call, cursors.after) } : { cursors },
  }
}

/** Meta's `next` carries everything, the token included. */
function nextUrl(box: Box, call: ApiCall, after: string): string {
  const query = new URLSearchParams(call.query)
  if (call.accessToken !== undefined) query.set('access_token', call.accessToken)
  query.set('after', after)
  const version = call.version === null ? '' : `${call.version}/`
  return `${box.url}/${call.host}/${version}${call.segments.join('/')}?${query.toString()}`
}
