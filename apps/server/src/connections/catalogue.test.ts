import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '@parley/contract/reasons.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { createKeepDelivery } from '#webhooks/keep-delivery.ts'
import { DeliveryIngester } from '#webhooks/delivery-ingester.ts'
import { sql } from '#ports/database.ts'
import { LaneRunner } from '#replies/lane-runner.ts'
import { settleByEcho } from '#replies/settle-by-echo.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { ERROR_CATALOGUE } from '#testing/error-catalogue.ts'
import type { Effect, Said } from '#testing/error-catalogue.ts'
import { delivery, eventually, line } from '#testing/pipeline.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { TestConnectWorld } from '#testing/test-connect.ts'
import { checkConnections } from './check-connections.ts'

const MINUTE_MS = 60_000

const nameOf = (said: Said): string =>
  typeof said === 'string' ? said : `${said.code}/${said.subcode ?? ''} ${said.message ?? ''}`

/** A new account for a row. Long enough after the last that nobody takes them for leaving together. */
async function nextAccount(world: TestConnectWorld): Promise<ConnectedAccount> {
  await world.control('/faults', undefined, 'DELETE')
  world.ports.clock.advance(11 * MINUTE_MS)
  // What was the whole app's trouble is over.
  await world.ports.db.run(sql`delete from meta_apps`)
  return await connectedAccount(world.ports, { ...echoAutomation, responder: null })
}

/** How it stands with the connection, in the words of the API; and what its people and its host were told. */
async function assertEffect(
  world: TestConnectWorld,
  connectionId: string,
  effect: Effect,
  name: string,
): Promise<void> {
  const { status, reason, off } = effect
  const get = async (path: string) =>
    (await world.call('GET', path, { headers: world.asHost })).json
  const connection = await get(`/v1/connections/${connectionId}`)
  assert.equal(connection.status, status, name)
  assert.equal(connection.reason, reason, name)
  const on = status === 'active' && off === null
  const expected = on ? { state: 'on' } : { state: 'off', reason: off ?? status }
  assert.deepEqual(connection.capabilities.messages, expected, name)

  const { message, isValid } = await get(`/v1/connections/${connectionId}/token-status`)
  assert.equal(isValid, status === 'active', name)
  const sentence = reason && `${reasons[reason].title}. ${reasons[reason].hint}`
  assert.equal(message, sentence ?? 'Token is valid', name)

  const alerts = (await get(`/v1/alerts?connectionId=${connectionId}`)).data
  const kinds = alerts.map(({ kind }: { kind: string }) => kind)
  assert.deepEqual(kinds, status === 'active' ? [] : ['connection_lost'], name)
  const lines = await world.ports.db.many<{ action: string }>(
    sql`select action from audit_log where subject_id = ${connectionId} and actor = 'meta'`,
  )
  const line = status === 'active' ? 'connection.capability_blocked' : `connection.${status}`
  const isOne = status !== 'active' || off !== null
  assert.deepEqual(lines, isOne ? [{ action: line }] : [], name)
}

/** What its host is told beside the person's own line, the ids left out. */
async function toldOf(world: TestConnectWorld, connectionId: string) {
  const path = `/v1/host-events?limit=100&connectionId=${connectionId}`
  const { data } = (await world.call('GET', path, { headers: world.asHost })).json
  const others = data.filter(({ type }: { type: string }) => type !== 'message.received')
  return others.map(({ type, data: facts }: { type: string; data: Record<string, unknown> }) => {
    const {
      tenantId: _tenant,
      connectionId: _connection,
      conversationId: _c,
      messageId: _m,
      ...rest
    } = facts
    return { type, data: rest }
  })
}

test('each code and subcode of the catalogue has its class', () => {
  const seen = new Set<string>()
  for (const [said, { meaning }] of ERROR_CATALOGUE) {
    assert.ok(!seen.has(nameOf(said)), `${nameOf(said)} is there twice`)
    seen.add(nameOf(said))
    if (typeof said === 'string') continue
    const { code, subcode, message = '', isTransient = false, httpStatus = 400 } = said
    const error = new GraphError({
      shape: 'graph',
      httpStatus,
      code,
      ...(subcode === undefined ? {} : { subcode }),
      metaMessage: message,
      isTransient,
    })
    assert.equal(classifyGraphError(error), meaning, nameOf(said))
  }
  assert.ok(seen.size > 90)
})

test('a check Meta refuses gives each its status, its reason, a sentence with a next step, and its event', async () => {
  await using world = await testConnectWorld()
  for (const [said, effect] of ERROR_CATALOGUE) {
    const name = nameOf(said)
    const { tenantId, connectionId } = await nextAccount(world)
    // Twice: a 190 without a subcode is believed only when a second call says it too.
    const fault = { host: 'graph.instagram.com', path: '/me', times: 2, error: said }
    await world.control('/faults', fault)
    await checkConnections(world.ports, { tenants: [tenantId], connectionId, force: true })

    await assertEffect(world, connectionId, effect, name)
    assert.deepEqual(
      await toldOf(world, connectionId),
      effect.event === null ? [] : [effect.event],
      name,
    )
    const [grant] = await world.ports.db.many<{ meaning: string | null }>(
      sql`select failure ->> 'class' as meaning from grants where connection_id = ${connectionId}`,
    )
    if (effect.status === 'active') assert.equal(grant?.meaning, effect.meaning, name)
  }
})

test('a message Meta refuses gives each its outcome, and what it says of the connection', async () => {
  await using world = await testConnectWorld()
  const { ports } = world
  await using runner = await LaneRunner.start(ports)
  await using _ingester = new DeliveryIngester(ports, {
    settleByEcho: async (db, echo) => await settleByEcho(ports, db, echo),
    beginAnswers: () => runner.beginAnswers(),
  })
  const keep = createKeepDelivery(ports)
  // A public address nobody calls here: events are only written down.
  const body = { url: 'https://93.184.216.34/hook' }
  await world.call('POST', '/v1/host-endpoints', { body, headers: world.asHost })
  for (const [said, effect] of ERROR_CATALOGUE) {
    const name = nameOf(said)
    const account = await nextAccount(world)
    const { connectionId } = account
    const written = delivery(
      account,
      line(account, '9001', `m-${connectionId}`, 'hi', ports.clock.now()),
    )
    await keep(Buffer.from(JSON.stringify(written)), 'instagram')
    const id = await eventually(`${name}: the conversation`, async () => {
      const found = await ports.db.maybe<{ id: string }>(
        sql`select id from conversations where connection_id = ${connectionId}`,
      )
      return found?.id
    })
    await world.control('/faults', { path: '/me/messages', method: 'POST', times: 1, error: said })
    await world.control('/faults', { path: '/me', times: 1, error: said })
    const path = `/v1/conversations/${id}/messages`
    const queued = await world.call('POST', path, { body: { text: 'x' }, headers: world.asHost })
    assert.equal(queued.status, 202, queued.text)
    const sent = await eventually(`${name}: it was tried`, async () => {
      const found = await ports.db.one<{
        status: string
        error_code: string | null
        tries: number | null
      }>(sql`
        select m.status, m.error_code, p.tries from messages m left join outbound_parts p on p.message_id = m.id
        where m.connection_id = ${connectionId} and m.direction = 'outbound'`)
      const isTried =
        found.status === 'queued' ? (found.tries ?? 0) > 0 : found.status !== 'sending'
      return isTried && found
    })
    const { message, event } = effect
    const isFailed = message.includes('/')
    assert.equal(sent.error_code ?? sent.status, message, name)
    await assertEffect(world, connectionId, effect, name)
    const failure = {
      type: 'message.failed',
      data: { author: 'host', kind: 'text', error: message },
    }
    assert.deepEqual(
      await toldOf(world, connectionId),
      [...(isFailed ? [failure] : []), ...(event === null ? [] : [event])],
      name,
    )
    // Its message is not tried again in the next row's time.
    const gone = await world.call('DELETE', `/v1/connections/${connectionId}`, {
      headers: world.asHost,
    })
    assert.equal(gone.status, 200, gone.text)
  }
})
