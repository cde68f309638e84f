import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '@parley/contract/errors.ts'
import { routeGroups } from '@parley/contract/routes.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'

const html = { accept: 'text/html' }

test('the OpenAPI document names every route, and every reference in it leads somewhere', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  const { status, json, text } = await call('GET', '/v1/openapi.json')
  assert.equal(status, 200)
  assert.equal(json.openapi, '3.1.0')
  const routes = routeGroups.flatMap((group) => group.routes)
  assert.ok(routes.length > 30)
  const ids = new Set<string>()
  for (const { method, path } of routes) {
    const operation = json.paths[path]?.[method.toLowerCase()]
    assert.ok(operation, `${method} ${path}`)
    ids.add(operation.operationId)
  }
  assert.equal(ids.size, routes.length)
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)]
  assert.ok(references.length > 50)
  for (const [, name = ''] of references) assert.ok(json.components.schemas[name], name)
  assert.doesNotMatch(text, /\$defs/)
})

test('the documentation shows every route, and loads nothing from elsewhere', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  const { status, text, headers } = await call('GET', '/docs', { headers: html })
  assert.equal(status, 200)
  for (const { path } of routeGroups.flatMap((group) => group.routes)) {
    assert.ok(text.includes(`<code class="path">${path}</code>`), path)
  }
  assert.doesNotMatch(text, /<script|<link[^>]+http|src=|style=/)
  assert.doesNotMatch(headers.get('content-security-policy') ?? '', /unsafe|script-src|\*/)
  const sheet = await call('GET', '/assets/pages.css')
  assert.equal(sheet.headers.get('content-type'), 'text/css; charset=utf-8')
  const etag = sheet.headers.get('etag') ?? ''
  assert.equal(
    (await call('GET', '/assets/pages.css', { headers: { 'if-none-match': etag } })).status,
    304,
  )
})

test('every error has its page, and the list leads to each', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  const list = await call('GET', '/errors', { headers: html })
  const codes = [...Object.keys(errors), 'http/internal']
  for (const code of codes) {
    assert.ok(list.text.includes(`href="/errors/${code}"`), code)
    const own = await call('GET', `/errors/${code}`, { headers: html })
    assert.equal(own.status, 200, code)
    assert.ok(own.text.includes(code), code)
  }
  for (const path of ['/errors/no/such', '/errors/constructor/x', '/errors/<script>/x']) {
    const unknown = await call('GET', path, { headers: html })
    assert.equal(unknown.status, 404)
    assert.doesNotMatch(unknown.text, /<script>/)
  }
})
