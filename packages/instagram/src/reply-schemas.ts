import { z } from 'zod'
import { cleanText } from './clean-text.ts'
import { GraphError } from './graph-error.ts'
import { AccountId, AppScopedId, PageId } from './ids.ts'
import { Secret } from './secret.ts'

/** Pieces that Meta's replies share. Ids come quoted or not; `readJson` has kept their digits. */
const idLike = z.union([z.string(), z.number().int().nonnegative()]).transform(String)

export const anyId = idLike.pipe(z.string().regex(/^\d{1,32}$/))
export const accountId = idLike.pipe(AccountId)
export const appScopedId = idLike.pipe(AppScopedId)
export const pageId = idLike.pipe(PageId)

export const text = z.string().transform(cleanText)
export const optionalText = text.nullish().transform((value) => value ?? undefined)

export const secret = z
  .string()
  .min(1)
  .transform((value) => new Secret(value))

/** Seconds or ISO 8601 with `+0000`; both are seen for the same field. */
export const time = z
  .union([z.number(), z.string()])
  .transform((value) =>
    typeof value === 'number'
      ? value * 1000
      : /^\d+$/.test(value)
        ? Number(value) * 1000
        : Date.parse(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')),
  )
  .pipe(z.number())

/** Scopes as a list or as text with commas. */
export const scopeList = z
  .union([z.array(z.string()), z.string().transform((value) => value.split(/[,\s]+/))])
  .transform((scopes) => scopes.map((scope) => scope.trim()).filter((scope) => scope !== ''))

/** Meta's pages print `{"data":[{…}]}` where deliveries are flat `{…}`; both become the object. */
export function flatOrListed<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => {
    if (typeof value !== 'object' || value === null || !('data' in value)) return value
    return Array.isArray(value.data) ? value.data[0] : value.data
  }, schema)
}

/**
 * Passes a reply through its schema.
 *
 * @throws GraphError of shape `none`: an answer nobody can use is no answer.
 */
export function parseReply<T extends z.ZodType>(schema: T, json: unknown): z.output<T> {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  throw new GraphError({ shape: 'none', httpStatus: 200 })
}
