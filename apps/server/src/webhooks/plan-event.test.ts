import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDelivery } from '@parley/instagram/webhook.ts'
import { planEvent } from './plan-event.ts'
import type { Plan } from './plan-event.ts'

const account = { tenantId: 't', connectionId: 'c', accountId: '17841400000000001' }
const receivedAtMs = 1_795_000_000_000

/** The plan of one messaging item of a person. */
function planOf(item: object): Plan {
  const about = { sender: { id: '9001' }, recipient: { id: account.accountId } }
  const body = {
    object: 'instagram',
    entry: [{ id: account.accountId, messaging: [{ ...about, timestamp: 1, ...item }] }],
  }
  const reading = readDelivery(Buffer.from(JSON.stringify(body)))
  assert(reading.ok)
  const [event] = reading.entries.flatMap((entry) => entry.events)
  assert(event !== undefined)
  return planEvent(event, account, receivedAtMs)
}

function lineOf(item: object): Extract<Plan, { do: 'line' }>['line'] {
  const plan = planOf(item)
  assert(plan.do === 'line')
  return plan.line
}

test('a tap without a payload is its title, and no empty quick reply', () => {
  const bare = lineOf({ postback: { mid: 'm1', title: 'Opening hours' } })
  assert.deepEqual(bare.content, { text: 'Opening hours' })
  const whole = lineOf({ postback: { mid: 'm1', title: 'Opening hours', payload: 'HOURS' } })
  assert.deepEqual(whole.content.quickReply, { title: 'Opening hours', payload: 'HOURS' })
})

test('the ad a line came from is kept with it', () => {
  const message = { mid: 'm1', text: 'hi', referral: { ref: 'x', source: 'ADS', ad_id: '7' } }
  const { referral } = lineOf({ message }).content
  assert.deepEqual({ ...referral }, { ref: 'x', source: 'ADS', adId: '7' })
})

test('a test of the owner is not answerable', () => {
  assert.equal(lineOf({ message: { mid: 'm1', text: 'hi', is_self: true } }).answerable, false)
  assert.equal(lineOf({ message: { mid: 'm1', text: 'hi' } }).answerable, true)
})
