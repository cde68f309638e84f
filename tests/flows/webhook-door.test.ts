import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { Delivery } from '@parley/contract/delivery.ts'
import { connectAccounts } from '@parley/bench/connect-accounts.ts'
import { bodyOf, lineOf, signatureOf, tokensIn } from '@parley/bench/line.ts'
import { ECHO_AUTOMATION } from '@parley/bench/parley-api.ts'
import { startStandInProcess } from '@parley/bench/stand-in-client.ts'
import type { StandInProcess } from '@parley/bench/stand-in-client.ts'
import { APP_ID, APP_SECRET } from '@parley/bench/world.ts'
import { testDatabase } from '@parley/server/testing/test-database.ts'
import { ApiClient } from '#support/api-client.ts'
import { openDatabaseDoor } from '#support/database-door.ts'
import { eventually } from '#support/eventually.ts'
import { liveSettings } from '#support/live-settings.ts'
import { isProblem } from '#support/published.ts'
import { spawnParley, statusOf, workFolder } from '#support/spawn-parley.ts'

const BYTES_MAX = 3 * 1024 * 1024
/** Twice what the server gives itself, which is less than Meta waits: this machine may be busy. */
const ANSWER_MS_MAX = 8_000
const PATH = '/webhooks/instagram'
const world = { firstAccount: 0, accounts: 2, conversations: 6 }
const range = { first: 0, count: world.accounts }

test('what Meta’s door lets in', async (t) => {
  await using folder = workFolder()
  await using database = await testDatabase()
  await using door = await openDatabaseDoor(database.url)
  await using meta = await startStandInProcess()
  const env = settingsFor(meta, door.url)
  await using parley = await spawnParley({ folder: folder.path, args: ['start'], env })
  await parley.ready()
  const api = new ApiClient(parley.url, env.PARLEY_API_KEY)
  const count = async (what: string): Promise<number> => {
    const text = `select count(*)::int as n from ${what}`
    const [row] = await database.many<{ n: number }>({ text, values: [], name: what })
    return row?.n ?? -1
  }

  await t.test('a signature that is none is 401, whatever stands in its header', async () => {
    const body = bodyOf(lineOf({ run: 'forged', world }, 0), Date.now())
    const right = signatureOf(APP_SECRET, body)
    const hex = right.slice('sha256='.length)
    const sha1 = createHmac('sha1', APP_SECRET).update(body).digest('hex')
    const name = 'X-Hub-Signature-256'
    const cases: Record<string, string[]> = {
      missing: [],
      empty: [`${name}:`],
      invalid: [`${name}: invalid`],
      'bare hex': [`${name}: ${hex}`],
      'a digit short': [`${name}: ${right.slice(0, -1)}`],
      'a digit long': [`${name}: ${right}0`],
      'sixteen thousand digits': [`${name}: sha256=${'0'.repeat(8_000)}`],
      'upper case': [`${name}: sha256=${hex.toUpperCase()}`],
      'an upper-case name': [`${name}: SHA256=${hex}`],
      'not ASCII': [`${name}: sha256=${'é'.repeat(32)}`],
      'not hex': [`${name}: sha256=${'g'.repeat(64)}`],
      'SHA-1 only': [`X-Hub-Signature: sha1=${sha1}`],
      'SHA-1 in its place': [`${name}: sha1=${sha1}`],
      'twice the right one': [`${name}: ${right}`, `${name}: ${right}`],
      'the right one and a wrong one': [`${name}: ${right}`, `${name}: sha256=${'0'.repeat(64)}`],
      'of another secret': [`${name}: ${signatureOf('another', body)}`],
      'of another body': [`${name}: ${signatureOf(APP_SECRET, `${body} `)}`],
    }
    for (const [what, headers] of Object.entries(cases)) {
      const answer = await post(parley.url, headers, Buffer.from(body))
      assert.equal(answer.status, 401, what)
      assert.match(answer.text, /"code":"webhooks\/signature-invalid"/, what)
    }
    assert.equal(await count('deliveries'), 0)
    const answer = await api.call('POST', PATH, body, { 'x-hub-signature-256': 'invalid' })
    isProblem(answer, 'webhooks/signature-invalid', 'in full')
  })

  await t.test('what is signed is taken, however odd; what is too large is not', async () => {
    const odd = {
      'no JSON': 'hello',
      'half of it': '{"object":"instagram","entry":[',
      nothing: '',
      null: 'null',
      'a list': '[[]]',
      'no bytes of UTF-8': Buffer.from([0xff, 0xfe, 0x00, 0x80]),
      'another object': '{"object":"page","entry":[{"id":"1","time":1}]}',
      'as large as can be': `"${'x'.repeat(BYTES_MAX - 2)}"`,
    }
    for (const [what, body] of Object.entries(odd)) {
      const answer = await sign(parley.url, Buffer.from(body))
      assert.deepEqual([answer.status, answer.text], [200, 'EVENT_RECEIVED'], what)
    }
    const large = Buffer.alloc(BYTES_MAX + 1, 'x')
    for (const isChunked of [false, true]) {
      const answer = await sign(parley.url, large, isChunked)
      assert.equal(answer.status, 413, `chunked: ${isChunked}`)
      assert.match(answer.text, /"code":"http\/too-large"/)
    }
    const list = await eventually('all are looked at', async () => {
      const page = await api.take<{ data: Delivery[] }>('GET', '/v1/deliveries')
      return page.data.every(({ state }) => state !== 'stored') && page.data
    })
    assert.equal(list.length, Object.keys(odd).length)
    assert.ok(list.some(({ state }) => state === 'not_understood'))
    assert.equal(await statusOf(`${parley.url}/readyz`), 200)
  })

  await connectAccounts(
    { parleyUrl: parley.url, apiKey: env.PARLEY_API_KEY, standInUrl: meta.url },
    'clinic',
    range,
    ECHO_AUTOMATION,
  )

  for (const [what, leave] of [
    ['gone', 'shut'],
    ['silent', 'freeze'],
  ] as const) {
    await t.test(`the database ${what}: 503 in time, and its return needs no restart`, async () => {
      const plan = { run: what.padEnd(6, '0'), world }
      const deliver = async (n: number): Promise<number> => {
        const began = performance.now()
        const body = Buffer.from(bodyOf(lineOf(plan, n), Date.now()))
        const { status } = await sign(parley.url, body)
        const tookMs = performance.now() - began
        assert.ok(tookMs < ANSWER_MS_MAX, `answered ${status} after ${Math.round(tookMs)} ms`)
        return status
      }
      assert.equal(await deliver(0), 200)
      await answersOnce(meta, plan.run, 1)
      // A send caught in the middle is settled by reading, which takes its time; that is another test's.
      await eventually('nothing is under way', async () => (await count('outbound_parts')) === 0)
      door[leave]()
      assert.deepEqual(await Promise.all([1, 2, 3].map(deliver)), [503, 503, 503])
      assert.equal(await statusOf(`${parley.url}/readyz`), 503)
      assert.equal(await statusOf(`${parley.url}/healthz`), 200)
      door.open()
      await eventually(
        'it is ready again',
        async () => (await statusOf(`${parley.url}/readyz`)) === 200,
      )
      // Meta repeats what it was not thanked for.
      for (const n of [1, 2, 3, 4, 5]) {
        await eventually(`line ${n} is taken`, async () => (await deliver(n)) === 200)
      }
      await answersOnce(meta, plan.run, 6)
    })
  }
})

test('killed before anything was worked on, nothing that was thanked for is lost', async () => {
  await using folder = workFolder()
  await using database = await testDatabase()
  await using meta = await startStandInProcess()
  const env = settingsFor(meta, database.url)
  const plan = { run: 'reborn', world }
  const start = async (command: string) =>
    await spawnParley({ folder: folder.path, args: [command], env })
  {
    await using web = await start('web')
    await web.ready()
    await connectAccounts(
      { parleyUrl: web.url, apiKey: env.PARLEY_API_KEY, standInUrl: meta.url },
      'clinic',
      range,
      ECHO_AUTOMATION,
    )
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        return await sign(web.url, Buffer.from(bodyOf(lineOf(plan, n), Date.now())))
      }),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    web.kill('SIGKILL')
    await web.exited()
  }
  assert.equal((await meta.record()).shown.length, 0)
  await using worker = await start('worker')
  await answersOnce(meta, plan.run, 30)
  worker.kill('SIGTERM')
  assert.equal(await worker.exited(), 0, worker.printed())
})

function settingsFor(meta: StandInProcess, databaseUrl: string) {
  return {
    ...liveSettings(),
    ...meta.settings,
    INSTAGRAM_APP_ID: APP_ID,
    INSTAGRAM_APP_SECRET: APP_SECRET,
    DATABASE_URL: databaseUrl,
    PARLEY_LOG_LEVEL: 'silent',
  }
}

/** Every line of a run is in exactly one answer. */
async function answersOnce(meta: StandInProcess, run: string, lines: number): Promise<void> {
  const tokens = await eventually(`${lines} lines are answered`, async () => {
    const { shown } = await meta.record()
    const found = shown
      .flatMap(({ text }) => tokensIn(text))
      .filter((token) => token.startsWith(run))
    return found.length >= lines && found
  })
  assert.deepEqual(
    tokens.toSorted(),
    Array.from({ length: lines }, (_, n) => `${run}-${String(n).padStart(7, '0')}`),
  )
}

type Reply = { readonly status: number; readonly text: string }

async function sign(url: string, body: Buffer, isChunked = false): Promise<Reply> {
  return await post(url, [`X-Hub-Signature-256: ${signatureOf(APP_SECRET, body)}`], body, isChunked)
}

/** Byte for byte: clients put headers right before they send them. */
async function post(
  url: string,
  headers: readonly string[],
  body: Buffer,
  isChunked = false,
): Promise<Reply> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
    if (isWhole(text)) socket.destroy()
  })
  const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
  const head = [`POST ${PATH} HTTP/1.1`, `Host: ${hostname}`, length, ...headers]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  if (isChunked) {
    socket.write(`${body.length.toString(16)}\r\n`)
    socket.write(body)
    socket.write('\r\n0\r\n\r\n')
  } else {
    socket.write(body)
  }
  socket.setTimeout(20_000, () => socket.destroy())
  await new Promise((resolve) => socket.once('close', resolve))
  const [first = '', ...rest] = text.split('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    text: rest.join('\r\n\r\n'),
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const length = /^content-length: (\d+)\r$/im.exec(text)?.[1]
  return end > 0 && length !== undefined && text.length >= end + 4 + Number(length)
}
