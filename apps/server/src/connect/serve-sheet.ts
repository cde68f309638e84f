import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AppContext } from '#http/app-env.ts'

const sheet = readFileSync(new URL('./pages.css', import.meta.url), 'utf8')
const tag = `"${createHash('sha256').update(sheet).digest('base64url').slice(0, 22)}"`

/** The style sheet of the connect pages. */
export function serveSheet(c: AppContext): Response {
  c.header('Cache-Control', 'public, max-age=300')
  c.header('ETag', tag)
  if (c.req.header('if-none-match') === tag) return c.body(null, 304)
  return c.body(sheet, 200, { 'Content-Type': 'text/css; charset=utf-8' })
}
