import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deliverer } from '@parley/bench/deliverer.ts'
import { bodyOf, freshPlan, lineOf } from '@parley/bench/line.ts'
import { monotonicMs } from '@parley/bench/monotonic.ts'
import { ParleyApi } from '@parley/bench/parley-api.ts'
import { sentLine, startRig } from '@parley/bench/rig.ts'
import { accountId, VERIFY_TOKEN } from '@parley/bench/world.ts'

const world = { firstAccount: 0, accounts: 2, conversations: 2 }

type Connections = {
  data: {
    id: string
    status: string
    account: { id: string }
    webhook: { subscribed: boolean }
  }[]
}

test('with the five host settings pointed at another Meta: connect, receive, answer, disconnect', async () => {
  await using rig = await startRig({ world, shape: 'together', echoes: true })
  const api = new ParleyApi(rig.home.url, rig.home.apiKey)
  using deliverer = new Deliverer(rig.home.target, 2)

  const handshake = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.challenge': '1158201444',
    'hub.verify_token': VERIFY_TOKEN,
  })
  const challenge = await fetch(`${rig.home.url}/webhooks/instagram?${handshake.toString()}`)
  assert.equal(await challenge.text(), '1158201444')

  const { data: connections } = await api.call<Connections>('GET', '/v1/connections?tenantId=rig')
  const states = connections.map(({ account, status, webhook }) => [
    account.id,
    { status, subscribed: webhook.subscribed },
  ])
  const connected = { status: 'active', subscribed: true }
  assert.deepEqual(Object.fromEntries(states), {
    [accountId(0)]: connected,
    [accountId(1)]: connected,
  })

  const plan = freshPlan(world)
  const send = async (n: number) => {
    const sentAtMs = monotonicMs()
    assert.equal(await deliverer.deliver(bodyOf(lineOf(plan, n), Date.now())), 200)
    return sentLine(plan, n, { sentAtMs, ackedAtMs: monotonicMs() })
  }
  const answered = [await send(0), await send(1)]
  const { summary, record } = await rig.verdict(answered, 20_000)
  assert.equal(summary, 'none')
  assert.deepEqual(
    new Set(record.shown.map(({ text }) => text)),
    new Set([lineOf(plan, 0).text, lineOf(plan, 1).text]),
  )

  const gone = connections.find(({ account }) => account.id === accountId(1))
  await api.call('DELETE', `/v1/connections/${gone?.id}`)
  assert.equal(await deliverer.deliver(bodyOf(lineOf(plan, 3), Date.now())), 200)
  const after = await rig.verdict(answered, 20_000)
  assert.equal(after.summary, 'none', 'the line after the disconnect is not answered')
})
