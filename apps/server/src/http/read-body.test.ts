import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { z } from 'zod'
import type { AppEnv } from '#http/app-env.ts'
import { problemOfThrown } from '#http/problem.ts'
import { body, query } from '#http/read-body.ts'
import { silentLog } from '#ports/log.ts'

const app = new Hono<AppEnv>()
app.onError((error, c) => problemOfThrown(c, error, silentLog))
app.post('/', async (c) => c.json(await body(c, z.object({ text: z.string().optional() }))))
app.get('/', (c) => c.json(query(c, z.object({ limit: z.coerce.number().max(9).default(3) }))))

const post = async (text: string, type = 'application/json') =>
  await app.request('/', { method: 'POST', body: text, headers: { 'content-type': type } })
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

test('JSON is read through its schema, and no body at all counts as {}', async () => {
  assert.deepEqual(await (await post('{"text":"ü"}', 'application/json; charset=utf-8')).json(), {
    text: 'ü',
  })
  assert.deepEqual(await (await app.request('/', { method: 'POST' })).json(), {})
})

test('what is no JSON object of the right shape is refused by code', async () => {
  assert.equal(await codeOf(await post('{"text":')), 'http/invalid-json')
  assert.equal(await codeOf(await post('\xff')), 'http/invalid-json')
  assert.equal(await codeOf(await post('[]')), 'http/invalid-fields')
  assert.equal(await codeOf(await post('{"text":1}')), 'http/invalid-fields')
  assert.equal(await codeOf(await post('text=1', 'text/plain')), 'http/unsupported-media-type')
})

test('characters PostgreSQL cannot store are bad input, wherever they hide', async () => {
  assert.equal(await codeOf(await post('{"text":"a\\u0000"}')), 'http/invalid-fields')
  assert.equal(await codeOf(await post('{"text":"\\ud800"}')), 'http/invalid-fields')
  assert.equal(await codeOf(await post('{"x":{"\\u0000":1}}')), 'http/invalid-fields')
  assert.equal(
    await codeOf(await post(`${'['.repeat(5000)}${']'.repeat(5000)}`)),
    'http/invalid-fields',
  )
})

test('what is refused is named, in `fields`: the place of a bad character, of a bad name, of an unknown one', async () => {
  const strict = new Hono<AppEnv>()
  strict.onError((error, c) => problemOfThrown(c, error, silentLog))
  strict.post('/', async (c) => c.json(await body(c, z.strictObject({ a: z.unknown() }))))
  const fieldsOf = async (text: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' }
    const answer = await strict.request('/', { method: 'POST', body: text, headers })
    return ((await answer.json()) as { fields: unknown }).fields
  }
  const message = 'holds a character that cannot be stored'
  assert.deepEqual(await fieldsOf('{"a":{"b":"\\u0000"}}'), [{ path: 'a.b', message }])
  assert.deepEqual(await fieldsOf('{"a":1,"b\\ud800":1}'), [{ path: 'b\ufffd', message }])
  assert.deepEqual(await fieldsOf('{"a":1,"b":1,"c":1}'), [
    { path: 'b', message: 'not known here' },
    { path: 'c', message: 'not known here' },
  ])
  const deep = `{"a":${'['.repeat(200)}${']'.repeat(200)}}`
  assert.deepEqual(await fieldsOf(deep), [{ path: 'a.0.0.0.0', message: 'nested too deep' }])
})

test('a body over the limit is refused, announced or not', async () => {
  const big = `{"text":"${'a'.repeat(1024 * 1024)}"}`
  const announced = await post(big)
  assert.deepEqual([announced.status, await codeOf(announced)], [413, 'http/too-large'])
  const chunked = await app.request('/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Blob([big]).stream(),
    duplex: 'half',
  })
  assert.equal(chunked.status, 413)
  const fits = await post(`{"text":"${'a'.repeat(1024 * 1024 - 11)}"}`)
  assert.equal(fits.status, 200)
})

test('a query goes through its schema, and a name given twice is refused', async () => {
  assert.deepEqual(await (await app.request('/?limit=2')).json(), { limit: 2 })
  assert.deepEqual(await (await app.request('/')).json(), { limit: 3 })
  assert.equal(await codeOf(await app.request('/?limit=10')), 'http/invalid-fields')
  assert.equal(await codeOf(await app.request('/?limit=1&limit=2')), 'http/invalid-fields')
})

test('a bug becomes a 500 that tells nothing, an absent database a 503', async () => {
  const lines: object[] = []
  const log = { ...silentLog, error: (fields: object) => void lines.push(fields) }
  const broken = new Hono<AppEnv>()
  broken.onError((error, c) => problemOfThrown(c, error, log))
  broken.get('/bug/:secret', () => {
    throw new Error('the text of a person')
  })
  broken.get('/away', () => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  })
  const bug = await broken.request('/bug/hidden')
  assert.equal(bug.status, 500)
  assert.doesNotMatch(await bug.text(), /person|stack|\.ts/)
  assert.doesNotMatch(JSON.stringify(lines), /person|hidden/)
  const away = await broken.request('/away')
  assert.deepEqual([away.status, away.headers.get('retry-after')], [503, '2'])
})
