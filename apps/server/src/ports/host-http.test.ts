import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createHostHttp, HostUrlRefused } from './host-http.ts'
import { isPublicAddress } from './public-address.ts'

const request = { headers: {}, body: '{}', timeoutMs: 2_000 }

/** Counts who comes, on 127.0.0.1. */
async function inside(answer: (response: ServerResponse) => void) {
  let calls = 0
  const server = createServer((_, response) => {
    calls += 1
    answer(response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  // Listening on TCP, so it has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    port,
    calls: () => calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

test('only addresses of the public internet are public', () => {
  for (const address of [
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '2606:4700::1111',
    '100.63.255.255',
    '100.128.0.0',
  ]) {
    assert.ok(isPublicAddress(address), address)
  }
  for (const address of [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.170',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '64:ff9b::a9fe:a9fe',
    '2001:0:4136:e378::1',
    '2001:db8::1',
    '2002:7f00:1::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'not an address',
    '',
  ]) {
    assert.equal(isPublicAddress(address), false, address)
  }
})

test('private addresses are refused in every spelling, before and at the call', async () => {
  await using server = await inside((response) => response.end())
  const http = createHostHttp({ privateTargets: [], resolve: async () => ['127.0.0.1'] })
  const corpus: [string, string][] = [
    ['https://127.0.0.1:PORT/', 'private_address'],
    ['https://127.1:PORT/', 'private_address'],
    ['https://0x7f000001:PORT/', 'private_address'],
    ['https://2130706433:PORT/', 'private_address'],
    ['https://0177.0.0.1:PORT/', 'private_address'],
    ['https://①②⑦.0.0.1:PORT/', 'private_address'],
    ['https://[::1]:PORT/', 'private_address'],
    ['https://[::ffff:127.0.0.1]:PORT/', 'private_address'],
    ['https://[::ffff:7f00:1]:PORT/', 'private_address'],
    ['https://[64:ff9b::7f00:1]:PORT/', 'private_address'],
    ['https://169.254.169.254/latest/meta-data/', 'private_address'],
    ['https://localhost:PORT/', 'private_address'],
    ['https://hooks.example:PORT/', 'private_address'],
    ['https://localhost.:PORT/', 'private_address'],
    ['https://a.localhost:PORT/', 'private_address'],
    ['https://metadata.google.internal/', 'private_address'],
    ['https://postgres:5432/', 'private_address'],
    ['http://hooks.example:PORT/', 'not_https'],
    ['http://8.8.8.8/', 'not_https'],
    ['ftp://8.8.8.8/', 'not_https'],
    ['file:///etc/passwd', 'not_https'],
    ['https://me:secret@8.8.8.8/', 'has_credentials'],
    ['https://8.8.8.8@127.0.0.1/', 'has_credentials'],
    ['//8.8.8.8/', 'not_a_url'],
    ['', 'not_a_url'],
  ]
  for (const [text, fault] of corpus) {
    const url = text.replace('PORT', String(server.port))
    assert.equal(await http.check(url), fault, url)
    const post = http.post({ ...request, url })
    await assert.rejects(
      post,
      (error) => error instanceof HostUrlRefused && error.fault === fault,
      url,
    )
  }
  assert.equal(server.calls(), 0)
})

test('a name is called at the address that was checked, whatever it stands for a moment later', async () => {
  await using server = await inside((response) => response.end())
  let asked = 0
  const http = createHostHttp({
    privateTargets: [],
    // Public when it is looked at, private when it is called.
    resolve: async () => [(asked += 1) === 1 ? '93.184.216.34' : '127.0.0.1'],
  })
  const url = `https://rebinding.example:${server.port}/`
  assert.equal(await http.check(url), undefined)
  await assert.rejects(http.post({ ...request, url }), HostUrlRefused)
  assert.equal(asked, 2, 'one look per call: what it answers is what the socket gets')
  assert.equal(server.calls(), 0)
})

test('one private address among public ones is enough to refuse a name', async () => {
  for (const found of [
    ['93.184.216.34', '10.0.0.1'],
    ['2606:4700::1111', '::ffff:10.0.0.1'],
  ]) {
    const http = createHostHttp({ privateTargets: [], resolve: async () => found })
    assert.equal(await http.check('https://mixed.example/'), 'private_address')
    await assert.rejects(http.post({ ...request, url: 'https://mixed.example/' }), HostUrlRefused)
  }
})

test('a name that does not resolve may be written down, and is no answer when called', async () => {
  const http = createHostHttp({
    privateTargets: [],
    resolve: async () => await Promise.reject(new Error('unknown')),
  })
  assert.equal(await http.check('https://later.example/'), undefined)
  await assert.rejects(http.post({ ...request, url: 'https://later.example/' }), /unknown/)
})

test('a named target may be private and plain, its neighbours not', async () => {
  await using server = await inside((response) => response.writeHead(204).end())
  const http = createHostHttp({
    privateTargets: [`127.0.0.1:${server.port}`, `hooks.internal:${server.port}`],
    resolve: async () => ['127.0.0.1'],
  })
  for (const host of ['127.0.0.1', 'hooks.internal']) {
    const url = `http://${host}:${server.port}/a?b=c`
    assert.equal(await http.check(url), undefined)
    assert.deepEqual(await http.post({ ...request, url }), { status: 204 })
  }
  const next = `http://127.0.0.1:${server.port + 1}/`
  assert.equal(await http.check(next), 'not_https')
  assert.equal(await http.check(`https://127.0.0.1:${server.port + 1}/`), 'private_address')
  assert.equal(await http.check(`https://other.internal:${server.port}/`), 'private_address')
  assert.equal(await http.check(`ftp://127.0.0.1:${server.port}/`), 'not_https')
})

test('a redirect is an answer: where it leads nobody goes', async () => {
  await using secret = await inside((response) => response.end('metadata'))
  await using server = await inside((response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${secret.port}/` }).end()
  })
  const http = createHostHttp({ privateTargets: [`127.0.0.1:${server.port}`] })
  const url = `http://127.0.0.1:${server.port}/`
  assert.deepEqual(await http.post({ ...request, url }), { status: 307 })
  assert.equal(secret.calls(), 0)
})

test('an endless answer is cut, a slow one given up, and the status counts all the same', async () => {
  let sent = 0
  await using endless = await inside((response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  })
  await using silent = await inside(() => undefined)
  const http = createHostHttp({
    privateTargets: [`127.0.0.1:${endless.port}`, `127.0.0.1:${silent.port}`],
  })
  const at = (port: number, timeoutMs: number) =>
    http.post({ ...request, url: `http://127.0.0.1:${port}/`, timeoutMs })
  assert.deepEqual(await at(endless.port, 10_000), { status: 200 })
  await new Promise((resolve) => setTimeout(resolve, 400))
  const cutAt = sent
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(sent, cutAt)
  await assert.rejects(at(silent.port, 300), /no answer in time/)
})

test('a call that is called off ends at once', async () => {
  await using silent = await inside(() => undefined)
  const http = createHostHttp({ privateTargets: [`127.0.0.1:${silent.port}`] })
  const stop = new AbortController()
  const call = http.post({
    ...request,
    url: `http://127.0.0.1:${silent.port}/`,
    timeoutMs: 60_000,
    signal: stop.signal,
  })
  setTimeout(() => stop.abort(), 50)
  await assert.rejects(call, /aborted/)
})
