import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { serve } from '@hono/node-server'
import { createApp } from '#app.ts'
import { TEST_API_KEY, bearer, testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'

/** Opens a stream; `read` gives what has come so far. */
async function open(ports: TestPorts, headers: Record<string, string>) {
  const response = await createApp(ports).request('/v1/stream', { headers })
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  return {
    response,
    async next(): Promise<string> {
      const chunk = await Promise.race([reader?.read(), sleep(1000)])
      return chunk?.value === undefined ? '' : decoder.decode(chunk.value)
    },
    close: async () => await reader?.cancel(),
  }
}

const happening = (id: string, tenantId: string | null) => ({
  kind: 'conversation' as const,
  id,
  connectionId: null,
  tenantId,
})

test('what happens arrives as ids and kinds, without the tenant', async () => {
  await using ports = await testPorts()
  const stream = await open(ports, bearer(TEST_API_KEY))
  assert.equal(stream.response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  assert.equal(stream.response.headers.get('cache-control'), 'no-store')
  assert.match(await stream.next(), /retry: 2000/)
  ports.signals.tell([happening('c1', 'lumen')])
  assert.equal(
    await stream.next(),
    'data: {"kind":"conversation","id":"c1","connectionId":null}\n\n',
  )
  await stream.close()
})

test('a watcher bound to a tenant hears of that tenant only', async () => {
  await using ports = await testPorts()
  const { key, tenant } = testApp(ports)
  await tenant('mine')
  const stream = await open(ports, await key(['messages:read'], 'mine'))
  await stream.next()
  ports.signals.tell([happening('x', 'theirs'), happening('y', null), happening('z', 'mine')])
  assert.match(await stream.next(), /"id":"z"/)
  await stream.close()
})

test('not signed in, without the scope, and more watchers than one caller may have', async () => {
  await using ports = await testPorts()
  const { app, call, asHost, key } = testApp(ports)
  assert.equal((await call('GET', '/v1/stream')).status, 401)
  assert.equal((await call('GET', '/v1/stream', { headers: await key(['connect']) })).status, 403)
  const streams = await Promise.all(
    Array.from({ length: 20 }, async () => await app.request('/v1/stream', { headers: asHost })),
  )
  assert.ok(streams.every(({ status }) => status === 200))
  assert.equal((await call('GET', '/v1/stream', { headers: asHost })).status, 429)
  await Promise.all(streams.map(async ({ body }) => await body?.cancel()))
  const freed = await app.request('/v1/stream', { headers: asHost })
  assert.equal(freed.status, 200)
  await freed.body?.cancel()
})

test('a watcher whose browser goes away is let go', async () => {
  await using ports = await testPorts()
  const { app, asHost } = testApp(ports)
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  // Listening on TCP, so it is an AddressInfo.
  const { port } = server.address() as AddressInfo
  for (let n = 0; n < 45; n += 1) {
    const leave = new AbortController()
    const response = await fetch(`http://127.0.0.1:${port}/v1/stream`, {
      headers: asHost,
      signal: leave.signal,
    })
    assert.equal(response.status, 200, `number ${n}`)
    leave.abort()
    // The server hears of it a moment later.
    if (n % 15 === 14) await sleep(100)
  }
  const head = await fetch(`http://127.0.0.1:${port}/v1/stream`, {
    method: 'HEAD',
    headers: asHost,
  })
  assert.equal(head.status, 200)
  server.close()
})
