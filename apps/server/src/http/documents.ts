import { errors } from '@parley/contract/errors.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import { internalError } from '@parley/contract/internal-error.ts'
import { buildOpenApi } from '@parley/contract/openapi.ts'
import { routeGroups } from '@parley/contract/routes.ts'
import { Hono } from 'hono'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Config } from '#config.ts'
import type { AppEnv } from '#http/app-env.ts'
import { docsBody } from '#http/docs-page.ts'
import { errorBody, errorListBody } from '#http/error-pages.ts'
import { page } from '#http/page.ts'

const sheet = readFileSync(new URL('./pages.css', import.meta.url), 'utf8')
const sheetTag = `"${createHash('sha256').update(sheet).digest('base64url').slice(0, 22)}"`

/** What explains Parley to people and programs, all from the contract: docs, error pages, the OpenAPI document. */
export function documentRoutes(ports: { config: Pick<Config, 'url'> }): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  let openApi: string | undefined

  app.get('/v1/openapi.json', (c) => {
    openApi ??= JSON.stringify(buildOpenApi(ports.config.url), null, 2)
    return c.body(openApi, 200, { 'Content-Type': 'application/json' })
  })

  app.get('/docs', async (c) => {
    const body = docsBody(routeGroups, ports.config.url)
    return await page(c, { title: 'API', body, width: 'wide' })
  })

  app.get('/errors', async (c) => {
    return await page(c, { title: 'Error codes', body: errorListBody(), width: 'wide' })
  })

  app.get('/errors/:slice/:reason', async (c) => {
    const code = `${c.req.param('slice')}/${c.req.param('reason')}`
    if (code === internalError.code) {
      return await page(c, { title: internalError.title, body: errorBody(internalError) })
    }
    if (!isErrorCode(code)) return await c.notFound()
    return await page(c, { title: errors[code].title, body: errorBody({ code, ...errors[code] }) })
  })

  app.get('/assets/pages.css', (c) => {
    c.header('Cache-Control', 'public, max-age=300')
    c.header('ETag', sheetTag)
    if (c.req.header('if-none-match') === sheetTag) return c.body(null, 304)
    return c.body(sheet, 200, { 'Content-Type': 'text/css; charset=utf-8' })
  })

  return app
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code)
}
