import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '@parley/contract/reasons.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { TestConnectWorld } from '#testing/test-connect.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { checkConnections } from './check-connections.ts'

const EVERYBODY = { tenants: null }
const DAY_MS = 86_400_000

type Reason = keyof typeof reasons

/** What Meta says, and what becomes of the connection and of its `messages`. Fact sheet 7.2 to 7.5. */
const CATALOGUE: readonly {
  readonly said: { code: number; subcode?: number; message?: string; isTransient?: boolean }
  readonly status: 'active' | 'needs_reauth' | 'revoked'
  readonly reason?: Reason
  readonly messages?: Reason
}[] = [
  { said: { code: 190 }, status: 'needs_reauth', reason: 'token_invalid' },
  { said: { code: 190, subcode: 458 }, status: 'revoked', reason: 'app_removed' },
  { said: { code: 190, subcode: 459 }, status: 'needs_reauth', reason: 'checkpoint' },
  { said: { code: 190, subcode: 460 }, status: 'needs_reauth', reason: 'password_changed' },
  { said: { code: 190, subcode: 463 }, status: 'needs_reauth', reason: 'expired' },
  { said: { code: 190, subcode: 464 }, status: 'needs_reauth', reason: 'unconfirmed_person' },
  { said: { code: 190, subcode: 467 }, status: 'needs_reauth', reason: 'token_invalid' },
  { said: { code: 190, subcode: 492 }, status: 'needs_reauth', reason: 'page_role_lost' },
  { said: { code: 190, subcode: 493 }, status: 'needs_reauth', reason: 'inactive' },
  { said: { code: 102, subcode: 463 }, status: 'needs_reauth', reason: 'expired' },
  { said: { code: 102, subcode: 458 }, status: 'revoked', reason: 'app_removed' },
  {
    said: { code: 10, subcode: 2_534_077 },
    status: 'needs_reauth',
    reason: 'page_link_unverified',
  },
  { said: { code: 100, subcode: 2_534_013 }, status: 'needs_reauth', reason: 'page_unlinked' },
  { said: { code: 3 }, status: 'active', messages: 'permission_withdrawn' },
  { said: { code: 10 }, status: 'active', messages: 'permission_withdrawn' },
  { said: { code: 200 }, status: 'active', messages: 'permission_withdrawn' },
  { said: { code: 230 }, status: 'active', messages: 'permission_withdrawn' },
  { said: { code: 299 }, status: 'active', messages: 'permission_withdrawn' },
  {
    said: { code: 100, message: 'Unsupported request - method type: get' },
    status: 'active',
    messages: 'permission_withdrawn',
  },
  { said: { code: 200, subcode: 2_534_041 }, status: 'active', messages: 'message_access_off' },
  { said: { code: 100, subcode: 2_534_029 }, status: 'active', messages: 'account_restricted' },
  { said: { code: 10, subcode: 1_893_063 }, status: 'active', messages: 'account_restricted' },
  { said: { code: 25, subcode: 2_207_050 }, status: 'active', messages: 'account_restricted' },
  { said: { code: 1 }, status: 'active' },
  { said: { code: 2 }, status: 'active' },
  { said: { code: 2, subcode: 1_545_133 }, status: 'active' },
  { said: { code: -1 }, status: 'active' },
  { said: { code: 4 }, status: 'active' },
  { said: { code: 17 }, status: 'active' },
  { said: { code: 32 }, status: 'active' },
  { said: { code: 341 }, status: 'active' },
  { said: { code: 368 }, status: 'active' },
  { said: { code: 613 }, status: 'active' },
  { said: { code: 80_002 }, status: 'active' },
  { said: { code: 100 }, status: 'active' },
  { said: { code: 100, subcode: 33 }, status: 'active' },
  { said: { code: 101 }, status: 'active' },
  { said: { code: 803 }, status: 'active' },
  { said: { code: 2500 }, status: 'active' },
  { said: { code: 99_999, isTransient: true }, status: 'active' },
]

async function reset(world: TestConnectWorld, id: string): Promise<void> {
  await world.control('/faults', undefined, 'DELETE')
  if ((await world.find(id)).status !== 'active') {
    await world.connected({ connectionId: id })
  }
  // Blocks and pauses are over after a day; what Meta says of the whole app too.
  world.ports.clock.advance(2 * DAY_MS)
  await world.control('/clock', { nowMs: world.ports.clock.now() })
  for (let round = 0; round < 2; round += 1) {
    await checkConnections(world.ports, EVERYBODY)
    await refreshDue(world.ports, { tenants: null })
    world.ports.clock.advance(DAY_MS)
    await world.control('/clock', { nowMs: world.ports.clock.now() })
  }
}

test('each code and subcode of the catalogue has its status, its reason and a sentence with a next step', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  for (const { said, status, reason, messages } of CATALOGUE) {
    const name = `${said.code}/${said.subcode ?? ''} ${said.message ?? ''}`
    await reset(world, id)
    assert.equal((await world.find(id)).status, 'active', `before ${name}`)
    // Twice: a 190 without a subcode is believed only when a second call says it too.
    const fault = { host: 'graph.instagram.com', path: '/me', times: 2, error: said }
    await world.control('/faults', fault)
    await checkConnections(world.ports, EVERYBODY)

    const connection = await world.find(id)
    assert.equal(connection.status, status, name)
    const { message, isValid } = (
      await world.call('GET', `/v1/connections/${id}/token-status`, { headers: world.asHost })
    ).json
    assert.equal(isValid, status === 'active', name)
    if (reason === undefined) {
      assert.equal(message, 'Token is valid', name)
    } else {
      assert.equal(connection.reason, reason, name)
      assert.equal(message, `${reasons[reason].title}. ${reasons[reason].hint}`, name)
    }
    const on = status === 'active' && messages === undefined
    const expected = on ? { state: 'on' } : { state: 'off', reason: messages ?? status }
    assert.deepEqual(connection.capabilities.messages, expected, name)
    const last = (await world.audit()).map(({ action }) => action)
    if (status !== 'active') assert.ok(last.includes(`connection.${status}`), name)
    if (messages !== undefined) assert.ok(last.includes('connection.capability_blocked'), name)
  }
})
