import type { Context } from 'hono'
import type { z } from 'zod'

/** The JSON body through its schema; an empty body counts as `{}`. */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text()
  return schema.parse(text === '' ? {} : JSON.parse(text))
}
