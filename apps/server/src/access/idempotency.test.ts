import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { Hono } from 'hono'
import { AppError } from '@parley/contract/app-error.ts'
import { createApp } from '#app.ts'
import type { AppEnv } from '#http/app-env.ts'
import { requireCaller } from '#http/caller.ts'
import { sql } from '#ports/database.ts'
import { bearer, TEST_API_KEY, testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { forgetExpired } from './forget-expired.ts'
import { ANSWER_LIFE_MS } from './idempotency.ts'

/** A route whose work can be counted and told how to end. */
function withWork(ports: TestPorts) {
  const app = createApp(ports)
  const seen = { count: 0 }
  const probe = new Hono<AppEnv>()
  probe.post('/v1/work/:how', async (c) => {
    requireCaller(c, { scope: 'connect' })
    seen.count += 1
    const how = c.req.param('how')
    if (how === 'slow') await sleep(50)
    if (how === 'bug') throw new Error('broken')
    if (how === 'refused') throw new AppError('connect/no-pages')
    if (how === 'limited') throw new AppError('http/rate-limited')
    if (how === 'lumen') c.set('tenantId', 'lumen')
    return c.json({ n: seen.count, word: 'canary' }, 201)
  })
  app.route('/', probe)
  const post = async (how: string, key: string, body = '{}', token = TEST_API_KEY) => {
    const response = await app.request(`/v1/work/${how}`, {
      method: 'POST',
      body,
      headers: { ...bearer(token), 'content-type': 'application/json', 'idempotency-key': key },
    })
    // Tests say what they expect of it.
    const json = (await response.json()) as { n?: number; code?: string }
    return { status: response.status, headers: response.headers, ...json }
  }
  return { post, seen }
}

test('the same key and body do the work once and get one answer', async () => {
  await using ports = await testPorts()
  const { post, seen } = withWork(ports)
  const first = await post('ok', 'a')
  const second = await post('ok', 'a')
  assert.deepEqual([first.status, first.n, second.status, second.n], [201, 1, 201, 1])
  assert.equal(second.headers.get('idempotent-replayed'), 'true')
  assert.equal(seen.count, 1)
  assert.equal((await post('ok', 'b')).n, 2)
})

test('another body, or another path, under the same key is refused', async () => {
  await using ports = await testPorts()
  const { post, seen } = withWork(ports)
  await post('ok', 'a')
  const body = await post('ok', 'a', '{"x":1}')
  assert.deepEqual([body.status, body.code], [409, 'http/idempotency-mismatch'])
  assert.equal((await post('slow', 'a')).code, 'http/idempotency-mismatch')
  assert.equal(seen.count, 1)
})

test('of many at once one works; the others are told to come back', async () => {
  await using ports = await testPorts()
  const { post, seen } = withWork(ports)
  const answers = await Promise.all(Array.from({ length: 10 }, async () => await post('slow', 'a')))
  assert.equal(seen.count, 1)
  const busy = answers.filter(({ status }) => status === 409)
  assert.ok(
    busy.every(
      ({ code, headers }) => code === 'http/idempotency-busy' && headers.get('retry-after') === '1',
    ),
  )
  assert.equal((await post('slow', 'a')).n, 1)
})

test('a refusal is kept; a bug and a limit are not', async () => {
  await using ports = await testPorts()
  const { post, seen } = withWork(ports)
  for (let n = 0; n < 2; n += 1) assert.equal((await post('refused', 'a')).status, 422)
  assert.equal(seen.count, 1)
  for (let n = 0; n < 2; n += 1) assert.equal((await post('bug', 'b')).status, 500)
  for (let n = 0; n < 2; n += 1) assert.equal((await post('limited', 'c')).status, 429)
  assert.equal(seen.count, 5)
})

test('an answer lives for a day', async () => {
  await using ports = await testPorts()
  const { post } = withWork(ports)
  await post('ok', 'a')
  ports.clock.advance(ANSWER_LIFE_MS - 1)
  assert.equal((await post('ok', 'a')).n, 1)
  assert.equal((await forgetExpired(ports)).answers, 0)
  ports.clock.advance(1)
  assert.equal((await post('ok', 'a')).n, 2)
  ports.clock.advance(ANSWER_LIFE_MS + 1)
  assert.equal((await forgetExpired(ports)).answers, 1)
})

test('one caller’s key never meets another’s', async () => {
  await using ports = await testPorts()
  const { key } = testApp(ports)
  const { post } = withWork(ports)
  const { authorization } = await key(['connect'])
  await post('ok', 'a')
  assert.equal((await post('ok', 'a', '{}', authorization.slice(7))).n, 2)
})

test('kept answers are sealed: with the tenant’s key when the route names the tenant', async () => {
  await using ports = await testPorts()
  await testApp(ports).tenant('lumen')
  const { post } = withWork(ports)
  await post('lumen', 'a')
  await post('ok', 'b')
  const rows = await ports.db.many<{ tenant_id: string | null; sealed_answer: Buffer }>(
    sql`select tenant_id, sealed_answer from idempotent_answers order by key`,
  )
  assert.deepEqual(
    rows.map((row) => row.tenant_id),
    ['lumen', null],
  )
  for (const row of rows) assert.equal(row.sealed_answer.includes('canary'), false)
  assert.equal((await post('lumen', 'a')).n, 1)
})

test('a request that died with its process gives way after a minute', async () => {
  await using ports = await testPorts()
  const { post } = withWork(ports)
  await post('ok', 'a')
  await ports.db.run(sql`update idempotent_answers set status = null, sealed_answer = null`)
  assert.equal((await post('ok', 'a')).code, 'http/idempotency-busy')
  ports.clock.advance(60_000)
  assert.equal((await post('ok', 'a')).n, 2)
})

test('a key of the wrong shape is refused, and one-time secrets are never kept', async () => {
  await using ports = await testPorts()
  const { post } = withWork(ports)
  assert.equal((await post('ok', 'a b')).code, 'http/invalid-fields')
  assert.equal((await post('ok', 'x'.repeat(256))).code, 'http/invalid-fields')
  const { call, asHost } = testApp(ports)
  await call('POST', '/v1/api-keys', {
    body: { name: 'x', scopes: ['operate'] },
    headers: { ...asHost, 'idempotency-key': 'k' },
  })
  assert.equal((await ports.db.many(sql`select 1 from idempotent_answers`)).length, 0)
})
