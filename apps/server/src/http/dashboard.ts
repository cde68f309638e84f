import { AppError } from '@parley/contract/app-error.ts'
import { html } from 'hono/html'
import type { Config } from '#config.ts'
import type { AppContext } from '#http/app-env.ts'
import { readDashboardFiles } from '#http/dashboard-files.ts'
import type { DashboardFiles, StaticFile } from '#http/dashboard-files.ts'
import { page } from '#http/page.ts'
import { refusalPage, wantsPage } from '#http/refusal-page.ts'

/** Paths that belong to the server: no page of the dashboard hides behind them. */
const SERVERS =
  /^\/(v1|oauth|webhooks|connect|assets|docs|errors|auth|healthz|readyz|metrics|data-deletion)(\/|$)/

/**
 * The built dashboard for whatever no route took: its files, and its one page for every address a person opens.
 * Undefined: not for us.
 */
export function createDashboard(options: {
  config: Pick<Config, 'demo' | 'metaUrls'>
  read?: () => Promise<DashboardFiles | undefined>
}): (c: AppContext) => Promise<Response | undefined> {
  const read = options.read ?? readDashboardFiles
  const policy = dashboardPolicy(options.config)
  let files: DashboardFiles | undefined

  return async (c) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return undefined
    // Built after the server started, it is found at the next look.
    files ??= await read()
    const file = c.req.path === '/index.html' ? undefined : files?.get(c.req.path)
    if (file !== undefined) return send(c, file, { immutable: c.req.path.startsWith('/assets/') })
    if (SERVERS.test(c.req.path)) {
      return wantsPage(c) ? await refusalPage(c, new AppError('http/not-found')) : undefined
    }
    if (!wantsPage(c) && c.req.path !== '/') return undefined
    const index = files?.get('/index.html')
    if (index === undefined) return await notBuilt(c)
    c.header('Content-Security-Policy', policy)
    return send(c, index, { immutable: false })
  }
}

function send(c: AppContext, file: StaticFile, { immutable }: { immutable: boolean }): Response {
  const zipped =
    file.gzipped !== undefined && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
  c.header('Content-Type', file.type)
  c.header('ETag', file.etag)
  c.header('Cache-Control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  c.header('Vary', 'Accept-Encoding')
  if (c.req.header('if-none-match') === file.etag) return c.body(null, 304)
  if (zipped) c.header('Content-Encoding', 'gzip')
  return c.body(zipped ? (file.gzipped ?? file.bytes) : file.bytes)
}

/** Scripts and styles come from our files alone; pictures also from Meta and, in the demo, from the simulator. */
function dashboardPolicy(config: Pick<Config, 'demo' | 'metaUrls'>): string {
  const phone = config.demo ? [new URL(config.metaUrls.instagramWww).origin] : []
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: blob: https: ${phone.join(' ')}`.trim(),
    `media-src 'self' blob: https: ${phone.join(' ')}`.trim(),
    "font-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    `frame-src ${phone.length === 0 ? "'none'" : phone.join(' ')}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

async function notBuilt(c: AppContext): Promise<Response> {
  return await page(c, {
    title: 'The dashboard is not built yet',
    body: html`<section class="card">
      <h1>The dashboard is not built yet</h1>
      <p>The server itself runs. Build its pages once, then reload this one:</p>
      <pre><code>npm run build -w apps/dashboard</code></pre>
      <p class="small">The API is described in the <a href="/docs">documentation</a>.</p>
    </section>`,
  })
}
