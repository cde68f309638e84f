import { readFile } from 'node:fs/promises'
import { Hono } from 'hono'
import { phonePage } from './phone-page.ts'

const ASSETS: Record<string, string> = {
  'phone.js': 'text/javascript; charset=utf-8',
  'pane.js': 'text/javascript; charset=utf-8',
  'switches.js': 'text/javascript; charset=utf-8',
  'log.js': 'text/javascript; charset=utf-8',
  'pane.css': 'text/css; charset=utf-8',
  'thread.js': 'text/javascript; charset=utf-8',
  'api.js': 'text/javascript; charset=utf-8',
  'phone.css': 'text/css; charset=utf-8',
  'consent.css': 'text/css; charset=utf-8',
}

/** The phone's page and the few files it is made of; nothing comes from elsewhere. */
export function phoneRoutes(): Hono {
  const routes = new Hono()
  routes.get('/', (c) => c.html(phonePage()))
  routes.get('/assets/:file', async (c) => {
    const { file } = c.req.param()
    const type = ASSETS[file]
    if (type === undefined) return c.notFound()
    const content = await readFile(new URL(`assets/${file}`, import.meta.url))
    return c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' })
  })
  return routes
}
