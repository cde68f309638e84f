import { refusal } from './refusals.ts'

/** Query, form and JSON body together, as Graph reads them. */
export type Params = ReadonlyMap<string, unknown>

export function findText(params: Params, name: string): string | undefined {
  const value = params.get(name)
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

export function requireText(params: Params, name: string): string {
  const value = findText(params, name)
  if (value === undefined || value === '') {
    throw refusal(100, { message: `The parameter ${name} is required.` })
  }
  return value
}

/** A form field may hold JSON: `recipient={"id":"1"}`. */
export function findJson(params: Params, name: string): unknown {
  const value = params.get(name)
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    throw refusal(100, { message: `Param ${name} must be valid JSON` })
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A comma list in the query or form, or an array in a JSON body. */
export function findList(params: Params, name: string): string[] | undefined {
  const value = findJson(params, name)
  if (Array.isArray(value)) return value.map(String)
  if (typeof value !== 'string') return undefined
  return value.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
}

/** Cuts `{…}` and commas of `fields=id,messages.limit(5){id,from}` into a tree. */
export type FieldTree = Map<string, { limit: number | undefined; fields: FieldTree }>

export function parseFields(text: string): FieldTree {
  let at = 0
  const readList = (): FieldTree => {
    const tree: FieldTree = new Map()
    while (at < text.length && text[at] !== '}') {
      const name = readWhile(/[\w ]/).trim()
      let limit: number | undefined
      while (text[at] === '.') {
        at += 1
        const modifier = readWhile(/\w/)
        at += 1
        const value = readWhile(/[^)]/)
        at += 1
        if (modifier === 'limit') limit = Number(value)
      }
      let fields: FieldTree = new Map()
      if (text[at] === '{') {
        at += 1
        fields = readList()
        at += 1
      }
      if (name !== '') tree.set(name, { limit, fields })
      else if (text[at] !== ',') throw refusal(2500, { message: `Syntax error in fields: ${text}` })
      if (text[at] === ',') at += 1
    }
    return tree
  }
  const readWhile = (allowed: RegExp): string => {
    const start = at
    while (at < text.length && allowed.test(text[at] ?? '')) at += 1
    return text.slice(start, at)
  }
  return readList()
}

/** Only the asked fields, `id` always, empty ones left out. */
export function pick(fields: FieldTree, values: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(values).filter(
    ([name, value]) => value !== undefined && (name === 'id' || fields.has(name)),
  )
  return Object.fromEntries(entries)
}
