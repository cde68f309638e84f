import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { createMetaStream } from '#ports/meta-stream.ts'

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

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const failsAs = (phase: string) => (error: unknown) => {
  assert(error instanceof HttpFailure)
  assert.equal(error.phase, phase)
  assert(!JSON.stringify(error).includes('secret') && !String(error).includes('secret'))
  return true
}

test('an answer is handed over as it comes, before its end is sent', async () => {
  const meta = createMetaStream()
  let answer: ServerResponse | undefined
  await using there = await server((_, response) => {
    answer = response
    response.write('first')
  })
  const { status, body } = await meta(get(there.url))
  const pieces = body[Symbol.asyncIterator]()
  assert.equal(Buffer.from((await pieces.next()).value ?? []).toString(), 'first')
  answer?.end('last')
  assert.equal(Buffer.from((await pieces.next()).value ?? []).toString(), 'last')
  assert.deepEqual([status, (await pieces.next()).done], [200, true])
})

test('a redirect is an answer, and a body goes out as it is', async () => {
  const meta = createMetaStream()
  await using there = await server((request, response) => {
    response.writeHead(302, { location: '/elsewhere' })
    response.write(`${request.url} `)
    request.pipe(response)
  })
  const request = {
    ...get(`${there.url}/base/path?a=1`),
    method: 'POST',
    body: Buffer.from('x'),
  } as const
  const { status, headers, body } = await meta(request)
  assert.deepEqual([status, headers['location']], [302, '/elsewhere'])
  assert.equal(await read(body), '/base/path?a=1 x')
})

test('a refused connection has reached nobody; a cut and an endless wait may have', async () => {
  const meta = createMetaStream()
  await assert.rejects(
    meta(get('http://127.0.0.1:9/?access_token=secret')),
    failsAs('not_connected'),
  )
  await using cut = await server((request) => request.socket.destroy())
  await assert.rejects(meta(get(`${cut.url}/?access_token=secret`)), failsAs('after_sent'))
  await using hang = await server(() => undefined)
  await assert.rejects(meta(get(hang.url, 300)), failsAs('after_sent'))
})

test('a body that is cut, slow or too long fails while it is read', async () => {
  const meta = createMetaStream()
  await using slow = await server((_, response) => {
    response.write('a')
    setInterval(() => response.write('a'), 50).unref()
  })
  await assert.rejects(read((await meta(get(slow.url, 300))).body), failsAs('after_sent'))
  await using torn = await server((_, response) => {
    response.write('a', () => response.destroy())
  })
  const { body } = await meta(get(torn.url))
  await assert.rejects(read(body), failsAs('after_sent'))
  await using huge = await server((_, response) => response.end('x'.repeat(10_000_000)))
  await assert.rejects(read((await meta(get(huge.url))).body), failsAs('too_large'))
})

test('who stops reading ends the connection', async () => {
  const meta = createMetaStream()
  let closed: Promise<unknown> | undefined
  await using there = await server((_, response) => {
    closed = once(response, 'close')
    response.write('a'.repeat(500))
  })
  const { body } = await meta(get(there.url))
  const pieces = body[Symbol.asyncIterator]()
  await pieces.next()
  await pieces.return?.()
  await closed
})
