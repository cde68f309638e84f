import { readFile, readdir } from 'node:fs/promises'
import { Hono } from 'hono'
import { phonePage } from './phone-page.ts'

const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
}
const ASSETS = new URL('assets/', import.meta.url)

/** The phone's page and the few files it is made of; nothing comes from elsewhere. */
export function phoneRoutes(): Hono {
  const routes = new Hono()
  routes.get('/', (c) => c.html(phonePage()))
  routes.get('/assets/:file{[a-z-]+\\.(?:js|css)}', async (c) => {
    const file = c.req.param('file')
    const type = TYPES[file.split('.')[1] ?? ''] ?? ''
    if (!(await readdir(ASSETS)).includes(file)) return c.notFound()
    const content = await readFile(new URL(file, ASSETS))
    return c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' })
  })
  return routes
}
