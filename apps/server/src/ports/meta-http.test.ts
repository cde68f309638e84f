import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { createMetaHttp } from '#ports/meta-http.ts'

async function server(listener: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const http = createServer(listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  // A TCP server's address is always of this form.
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

/** @param timeoutMs where nothing ends by itself: a short one. */
const get = (url: string, timeoutMs = 10_000) =>
  ({ method: 'GET', url, headers: {}, timeoutMs, maxBytes: 1000 }) as const

const failsAs = (phase: string) => (error: unknown) => {
  assert(error instanceof HttpFailure)
  assert.equal(error.phase, phase)
  assert(!JSON.stringify(error).includes('secret') && !String(error).includes('secret'))
  return true
}

test('an answer is handed over whole, and a redirect is an answer', async () => {
  const meta = createMetaHttp()
  await using there = await server((request, response) => {
    response.writeHead(302, { location: '/elsewhere', 'x-app-usage': '{}' }).end(`${request.url}`)
  })
  const { status, headers, body } = await meta(get(`${there.url}/base/path?a=1`))
  assert.equal(status, 302)
  assert.equal(headers['x-app-usage'], '{}')
  assert.equal(Buffer.from(body).toString(), '/base/path?a=1')
})

test('a refused connection has reached nobody', async () => {
  const meta = createMetaHttp()
  await assert.rejects(
    meta(get('http://127.0.0.1:9/?access_token=secret')),
    failsAs('not_connected'),
  )
})

test('a cut, an endless wait and a body without end are unknown or too large', async () => {
  const meta = createMetaHttp()
  await using cut = await server((request) => request.socket.destroy())
  await assert.rejects(meta(get(`${cut.url}/?access_token=secret`)), failsAs('after_sent'))
  await using hang = await server(() => undefined)
  await assert.rejects(meta(get(hang.url, 300)), failsAs('after_sent'))
  await using slow = await server((_, response) => {
    response.write('a')
    setInterval(() => response.write('a'), 50).unref()
  })
  await assert.rejects(meta(get(slow.url, 300)), failsAs('after_sent'))
  await using huge = await server((_, response) => response.end('x'.repeat(10_000_000)))
  await assert.rejects(meta(get(huge.url)), failsAs('too_large'))
})

test('a process that stops cuts what is in hand and begins nothing, and says that it was itself', async () => {
  const stopping = new AbortController()
  const meta = createMetaHttp(stopping.signal)
  await using hang = await server(() => stopping.abort())
  const isCut = (phase: string) => (error: unknown) =>
    failsAs(phase)(error) && error instanceof HttpFailure && error.isCut
  await assert.rejects(meta({ ...get(hang.url), timeoutMs: 60_000 }), isCut('after_sent'))
  await assert.rejects(meta(get(hang.url)), isCut('not_connected'))
  const other = createMetaHttp(new AbortController().signal)
  await using cut = await server((request) => request.socket.destroy())
  await assert.rejects(other(get(cut.url)), (error) => error instanceof HttpFailure && !error.isCut)
})
