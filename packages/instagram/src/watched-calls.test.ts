import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HttpFailure } from './http-port.ts'
import { Igsid, Mid } from './ids.ts'
import type { BegunCall, FinishedCall } from './finished-call.ts'
import { Secret } from './secret.ts'
import { fakeMeta } from './testing/fake-meta.ts'
import type { FakeAnswer } from './testing/fake-meta.ts'

type Seen = BegunCall & FinishedCall

const node = { login: 'instagram', id: '17841', token: new Secret('a-token') } as const
const refusal = (code: number, subcode?: number): FakeAnswer => ({
  status: 400,
  body: { error: { message: 'no', type: 'x', code, error_subcode: subcode } },
})

function watched(answer: FakeAnswer | Error) {
  const seen: Seen[] = []
  const { client } = fakeMeta([answer], {
    watchCall: (call) => (end) => void seen.push({ ...call, ...end }),
  })
  return { client, seen }
}

const send = async (answer: FakeAnswer | Error, signal?: AbortSignal): Promise<Seen[]> => {
  const { client, seen } = watched(answer)
  const message = { to: { igsid: Igsid.parse('42') }, message: { text: 'hello' } }
  await client.sendMessage(node, message, { signal }).catch((error: unknown) => error)
  return seen
}

test('a call is told of with whom it was about, how it ended and Meta’s meters', async () => {
  const headers = { 'x-business-use-case-usage': JSON.stringify({ a: [{ call_count: 85 }] }) }
  const body = { recipient_id: '42', message_id: 'mid.1' }
  const meters = { appPercent: undefined, accountPercent: 85 }
  assert.deepEqual(await send({ headers, body }), [
    {
      host: 'instagram_graph',
      kind: 'messages',
      nodeId: '17841',
      result: 'ok',
      isFailed: false,
      meters,
    },
  ])
  const [refused] = await send({ ...refusal(2), headers })
  assert.deepEqual([refused?.isFailed, refused?.meters], [true, meters])
})

test('no answer, and what Meta refuses of the connection, is a failed call; what it refuses of one message is not', async () => {
  const cases: readonly [FakeAnswer | Error, boolean][] = [
    [new HttpFailure('not_connected'), true],
    [new HttpFailure('after_sent'), true],
    [{ status: 502, body: '<html>' }, true],
    [refusal(190, 460), true],
    [refusal(4), true],
    [refusal(551), false],
    [refusal(100), false],
  ]
  for (const [answer, isFailed] of cases) {
    const [call] = await send(answer)
    assert.equal(call?.isFailed, isFailed, JSON.stringify(answer))
  }
})

test('a profile nobody may read is no failed call, and a call we gave up is none at all', async () => {
  const { client, seen } = watched(refusal(230))
  assert.equal(await client.findPersonProfile(node, Igsid.parse('42')), undefined)
  assert.deepEqual(
    seen.map(({ isFailed, nodeId }) => [isFailed, nodeId]),
    [[false, '42']],
  )
  assert.deepEqual(await send(new HttpFailure('after_sent'), AbortSignal.abort()), [])
  const message = watched(refusal(100, 33))
  assert.equal(await message.client.findMessage(node, Mid.parse('mid.1')), undefined)
  assert.equal(message.seen[0]?.isFailed, false)
})
