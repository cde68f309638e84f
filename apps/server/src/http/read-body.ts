import { AppError } from '@parley/contract/app-error.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import type { z } from 'zod'
import type { AppContext } from '#http/app-env.ts'
import { bytes } from '#http/read-bytes.ts'

/**
 * The JSON body, through its schema. No body at all counts as `{}`, so that optional fields stay optional.
 *
 * @throws AppError `http/unsupported-media-type`, `http/too-large`, `http/invalid-json`, `http/invalid-fields`.
 */
export async function body<T extends z.ZodType>(
  c: AppContext,
  schema: T,
  options: { bytesMax?: number } = {},
): Promise<z.output<T>> {
  const raw = await bytes(c, options.bytesMax)
  if (raw.byteLength === 0) return parse(schema, {})
  const mediaType = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') throw new AppError('http/unsupported-media-type')
  return parse(schema, readJson(raw))
}

/**
 * The query, through its schema. A name given twice is refused: two readers might take different ones.
 *
 * @throws AppError `http/invalid-fields`.
 */
export function query<T extends z.ZodType>(c: AppContext, schema: T): z.output<T> {
  const values: Record<string, string> = {}
  for (const [name, list] of Object.entries(c.req.queries())) {
    const [value, second] = list
    if (second !== undefined) throw invalid([{ path: name, message: 'given twice' }])
    if (value !== undefined) values[name] = value
  }
  return parse(schema, values)
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * An id of ours from the path. One that cannot exist is answered like one that does not.
 *
 * @throws AppError `notFound`.
 */
export function idParam(c: AppContext, name: string, notFound: ErrorCode): string {
  const id = c.req.param(name)
  if (id === undefined || !UUID.test(id)) throw new AppError(notFound)
  return id.toLowerCase()
}

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const unstorable = findUnstorable(value, [])
  if (unstorable !== undefined) throw invalid([unstorable])
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(result.error.issues.flatMap(fieldsOf).slice(0, FIELDS_MAX))
}

/** What nobody knows is named like anything else that is wrong. */
function fieldsOf(issue: z.core.$ZodIssue): Field[] {
  const path = issue.path.map(String)
  if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: issue.message }]
  return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'not known here' }))
}

const FIELDS_MAX = 50

type Field = { readonly path: string; readonly message: string }

function invalid(fields: Field[]): AppError {
  return new AppError('http/invalid-fields', { fields })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function readJson(raw: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(utf8.decode(raw))
  } catch (cause) {
    // Both throw only for bytes that are not JSON in UTF-8.
    throw new AppError('http/invalid-json', { cause })
  }
}

/** PostgreSQL refuses U+0000 and lone surrogates; found here, they are bad input instead of a broken insert. */
function findUnstorable(value: unknown, path: readonly string[]): Field | undefined {
  if (typeof value === 'string') {
    return isStorable(value) ? undefined : unstorableAt(path)
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (path.length > DEPTH_MAX)
    return { path: path.slice(0, 5).join('.'), message: 'nested too deep' }
  for (const [key, item] of Object.entries(value)) {
    if (!isStorable(key)) {
      return unstorableAt([...path, key.toWellFormed().replaceAll('\0', '\ufffd')])
    }
    const found = findUnstorable(item, [...path, key])
    if (found !== undefined) return found
  }
  return undefined
}

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
const unstorableAt = (path: readonly string[]): Field => ({
  path: path.join('.'),
  message: 'holds a character that cannot be stored',
})

/** No body of ours nests deeper; recursion over hostile input stays bounded. */
const DEPTH_MAX = 100
