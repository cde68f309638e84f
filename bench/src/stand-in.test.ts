import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { pause } from '#child.ts'
import { signatureOf } from '#line.ts'
import { startStandInProcess } from '#stand-in-client.ts'
import type { StandInProcess } from '#stand-in-client.ts'
import { plainToken } from '#stand-in/tokens.ts'
import { accountId, APP_ID, APP_SECRET } from '#world.ts'

const person = '9000000010000001'
const headers = { authorization: `Bearer ${plainToken(1)}`, 'content-type': 'application/json' }

async function send(standIn: StandInProcess, text: string): Promise<Response> {
  return await fetch(`${standIn.url}/graph.instagram.com/v25.0/${accountId(1)}/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ recipient: { id: person }, message: { text } }),
  })
}
async function read<Answer>(standIn: StandInProcess, path: string): Promise<Answer> {
  const response = await fetch(`${standIn.url}/graph.instagram.com/v25.0/${path}`, { headers })
  return (await response.json()) as Answer
}
type Messages = { messages: { data: { id: string; message?: string }[] } }

test('a login ends with a long-lived token that knows its account', async () => {
  await using standIn = await startStandInProcess()
  const back = 'http://127.0.0.1:9/callback'
  const query = new URLSearchParams({
    client_id: APP_ID,
    redirect_uri: back,
    state: 's',
    scope: 'a,b',
  })
  const dialog = await fetch(
    `${standIn.url}/www.instagram.com/oauth/authorize?${query.toString()}`,
    {
      redirect: 'manual',
      headers: { cookie: `stand_in_account=${accountId(7)}` },
    },
  )
  const returned = new URL(dialog.headers.get('location') ?? '')
  assert.equal(returned.searchParams.get('state'), 's')
  const exchange = async (): Promise<Response> =>
    await fetch(`${standIn.url}/api.instagram.com/oauth/access_token`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: APP_ID,
        client_secret: APP_SECRET,
        grant_type: 'authorization_code',
        redirect_uri: back,
        code: returned.searchParams.get('code') ?? '',
      }),
    })
  const short = (await (await exchange()).json()) as { access_token: string; permissions: string[] }
  assert.deepEqual(short.permissions, ['a', 'b'])
  assert.equal((await exchange()).status, 400, 'a code works once')
  const wanted = new URLSearchParams({
    grant_type: 'ig_exchange_token',
    client_secret: APP_SECRET,
    access_token: short.access_token,
  })
  const long = await fetch(`${standIn.url}/graph.instagram.com/access_token?${wanted.toString()}`)
  const { access_token: token } = (await long.json()) as { access_token: string }
  const me = await fetch(`${standIn.url}/graph.instagram.com/v25.0/me?access_token=${token}`)
  assert.equal(((await me.json()) as { user_id: string }).user_id, accountId(7))
})

test('what was sent can be read back, newest first', async () => {
  await using standIn = await startStandInProcess()
  const first = (await (await send(standIn, 'one')).json()) as { message_id: string }
  await send(standIn, 'two')
  const list = await read<{ data: { id: string }[] }>(
    standIn,
    `${accountId(1)}/conversations?platform=instagram&user_id=${person}`,
  )
  assert.equal(list.data.length, 1)
  const fields = 'messages{id,created_time,from,to,message}'
  const thread = await read<Messages>(standIn, `${list.data[0]?.id}?fields=${fields}`)
  assert.deepEqual(
    thread.messages.data.map(({ message }) => message),
    ['two', 'one'],
  )
  assert.equal(thread.messages.data[1]?.id, first.message_id)
  const one = await read<{ message: string }>(standIn, `${first.message_id}?fields=message`)
  assert.equal(one.message, 'one')
})

test('a lost answer is shown, and the connection is cut', async () => {
  await using standIn = await startStandInProcess()
  await standIn.faults({ seed: 3, lostResponse: 1 })
  await assert.rejects(send(standIn, 'hello'))
  const { shown, attempts } = await standIn.record()
  assert.deepEqual(
    shown.map(({ text }) => text),
    ['hello'],
  )
  assert.deepEqual(
    attempts.map(({ outcome }) => outcome),
    ['shown, answer lost'],
  )
})

test('an outage ends, and shows nothing unless it says so', async () => {
  await using standIn = await startStandInProcess()
  const outage = { afterMs: 0, forMs: 2_000, shownFraction: 1 }
  await standIn.faults({ outages: [{ ...outage, kind: 'error-body' }] })
  assert.equal((await send(standIn, 'a')).status, 500)
  await pause(2_050)
  assert.equal((await send(standIn, 'b')).status, 200)
  await standIn.faults({ outages: [{ ...outage, kind: 'bare-500' }] })
  const bare = await send(standIn, 'c')
  assert.deepEqual([bare.status, await bare.text()], [500, ''])
  const { shown } = await standIn.record()
  assert.deepEqual(
    shown.map(({ text }) => text),
    ['b', 'c'],
  )
})

test('more than a hundred sends a second are refused with 613', async () => {
  await using standIn = await startStandInProcess()
  const answers = await Promise.all(
    Array.from({ length: 600 }, async () => await send(standIn, 'x')),
  )
  const refused = answers.filter(({ status }) => status !== 200)
  assert.ok(refused.length > 0)
  const body = (await refused[0]?.json()) as { error: { code: number } }
  assert.equal(body.error.code, 613)
})

test('an echo is signed and repeated until it is taken', async () => {
  await using standIn = await startStandInProcess()
  const heard: string[] = []
  const webhook = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      assert.equal(request.headers['x-hub-signature-256'], signatureOf(APP_SECRET, body))
      heard.push(body)
      response.writeHead(heard.length === 1 ? 503 : 200).end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => webhook.once('listening', resolve))
  const address = webhook.address()
  const port = typeof address === 'object' ? address?.port : undefined
  await standIn.echoes({ to: `http://127.0.0.1:${port}/`, delayMs: 0 })
  await send(standIn, 'caf\u00e9')
  for (let waited = 0; waited < 50 && heard.length < 2; waited += 1) await pause(20)
  webhook.closeAllConnections()
  webhook.close()
  assert.equal(heard.length, 2)
  assert.equal(heard[0], heard[1])
  assert.match(heard[0] ?? '', /"is_echo":true.*caf\\u00e9/)
})
