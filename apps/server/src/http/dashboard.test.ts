import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import type { AppEnv } from '#http/app-env.ts'
import { createDashboard } from '#http/dashboard.ts'
import type { DashboardFiles, StaticFile } from '#http/dashboard-files.ts'
import { testConfig } from '#testing/test-ports.ts'
import { gzipSync } from 'node:zlib'

const file = (text: string, type: string): StaticFile => ({
  bytes: Buffer.from(text),
  gzipped: gzipSync(text),
  type,
  etag: `"${text.length}"`,
})
const built: DashboardFiles = new Map([
  ['/index.html', file('<!doctype html>the app', 'text/html; charset=utf-8')],
  ['/assets/index-abc123.js', file('export {}', 'text/javascript; charset=utf-8')],
  ['/icon.svg', file('<svg/>', 'image/svg+xml')],
])

function serve(read: () => Promise<DashboardFiles | undefined>) {
  const dashboard = createDashboard({ config: testConfig(), read })
  const app = new Hono<AppEnv>()
  app.notFound(async (c) => (await dashboard(c as never)) ?? c.text('nothing', 404))
  return async (
    path: string,
    headers: Record<string, string> = { accept: 'text/html' },
    method = 'GET',
  ) => await app.request(path, { method, headers })
}

test('every address a person opens is the one page, with a policy that lets only our scripts run', async () => {
  const get = serve(async () => built)
  for (const path of ['/', '/conversations/1', '/welcome/secret', '/index.html']) {
    const answer = await get(path)
    assert.match(await answer.text(), /the app/, path)
    assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'self';/)
    assert.equal(answer.headers.get('cache-control'), 'no-cache')
  }
})

test('hashed files are kept by browsers, and travel zipped', async () => {
  const get = serve(async () => built)
  const script = await get('/assets/index-abc123.js', { 'accept-encoding': 'gzip' })
  assert.match(script.headers.get('cache-control') ?? '', /immutable/)
  assert.equal(gunzipSync(Buffer.from(await script.arrayBuffer())).toString(), 'export {}')
  const icon = await get('/icon.svg', {})
  assert.equal(icon.headers.get('cache-control'), 'no-cache')
  assert.equal(await icon.text(), '<svg/>')
})

test('the server’s own addresses, programs and writers never get the page', async () => {
  const get = serve(async () => built)
  for (const path of [
    '/v1/nothing',
    '/oauth/x',
    '/webhooks/x',
    '/connect/x',
    '/assets/gone.js',
    '/auth/x',
    '/metrics/x',
    '/data-deletion/x',
    '/docs/x',
    '/errors/a',
  ]) {
    assert.equal((await get(path)).status, 404, path)
  }
  assert.equal((await get('/conversations/1', { accept: 'application/json' })).status, 404)
  assert.equal((await get('/', { accept: 'text/html' }, 'POST')).status, 404)
  for (const path of [
    '/..%2f..%2fpackage.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
  ]) {
    assert.doesNotMatch(await (await get(path)).text(), /"name"/)
  }
})

test('not built yet, it says how; built later, it is found', async () => {
  let files: DashboardFiles | undefined
  const get = serve(async () => files)
  assert.match(await (await get('/')).text(), /npm run build -w apps\/dashboard/)
  files = built
  assert.match(await (await get('/')).text(), /the app/)
})
