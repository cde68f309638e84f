import { AppError } from '@parley/contract/app-error.ts'
import { z } from 'zod'

/** Where a list goes on: after the row with this time and id. */
export type Position = { readonly at: Date; readonly id: string }

const Shape = z.tuple([z.number().int().min(0).max(8.64e15), z.string().min(1).max(200)])

export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify([position.at.getTime(), position.id])).toString('base64url')
}

/** @throws AppError `http/invalid-fields` for anything this server did not make. */
export function decodeCursor(cursor: string): Position {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const read = Shape.safeParse(parseJson(text))
  if (!read.success || read.data[1].includes('\0')) {
    throw new AppError('http/invalid-fields', {
      fields: [{ path: 'cursor', message: 'not a cursor of this list' }],
    })
  }
  const [atMs, id] = read.data
  return { at: new Date(atMs), id }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
