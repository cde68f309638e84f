import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { findKeptGrant } from './find-kept-grant.ts'
import { useGrant } from './use-grant.ts'
import { repeatExchanges } from '#connect/repeat-exchanges.ts'
import type { Place } from '#ports/cipher.ts'
import { sql } from '#ports/database.ts'
import { answerJson, testConnectWorld } from '#testing/test-connect.ts'
import type { TestConnectWorld } from '#testing/test-connect.ts'

/** Every token that leaves its seal, by column, in order. PKCE verifiers are no tokens. */
function watchVault(world: TestConnectWorld): string[] {
  const { vault } = world.ports
  const opened: string[] = []
  const open = vault.openToken.bind(vault)
  vault.openToken = async (tenantId: string, place: Place, sealed: string) => {
    const token = await open(tenantId, place, sealed)
    if (place.column !== 'sealed_verifier') opened.push(`${place.table}.${place.column}`)
    return token
  }
  return opened
}

test('tokens leave their seal in these files only, and each of them audits it', () => {
  const folder = fileURLToPath(new URL('../', import.meta.url))
  const files = globSync('**/*.ts', {
    cwd: folder,
    exclude: ['**/*.test.ts', 'ports/**', 'testing/**'],
  })
  assert.ok(files.length > 200)
  const openers = files.filter((file) =>
    readFileSync(`${folder}${file}`, 'utf8').includes('openToken('),
  )
  // The first one opens a PKCE verifier, which is no token.
  assert.deepEqual(openers.toSorted(), [
    'connect/finish-login.ts',
    'connect/pick-account.ts',
    'keys/reseal-page.ts',
    'tokens/open-grant.ts',
  ])
})

test('every token that leaves its seal, whichever way, is one line with actor, purpose and connection', async () => {
  await using world = await testConnectWorld()
  const opened = watchVault(world)
  let isDown = true
  world.intercepts.push((request) =>
    isDown && /graph\.instagram\.com\/access_token|fb_exchange_token=/.test(request.url)
      ? answerJson(500, { error: { code: 2, message: 'down' } })
      : undefined,
  )
  // A short Instagram token and a short person's token of Facebook, exchanged later.
  const instagram = await world.connected({}, { login: 'instagram' })
  const page = await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  isDown = false
  assert.equal(await repeatExchanges(world.ports, world.hooks), 2)
  // One chosen in the picker.
  const browser = world.newBrowser()
  const picker = await world.walk((await world.session()).url, { login: 'facebook' }, browser)
  await browser.press(picker.location?.href ?? '', { account: '17841400000000305' })
  // One confirmed.
  const { url } = await world.session({ confirmation: 'return', connectionId: instagram.id })
  const told = (await world.walk(url, { login: 'instagram' })).location
  await world.call('POST', `/v1/connections/${told?.searchParams.get('connection_id')}/confirm`, {
    body: { code: told?.searchParams.get('confirm') },
    headers: world.asHost,
  })
  // One used, then taken from memory; one of another purpose; one taken away.
  const key = { tenantId: 'clinic', connectionId: String(instagram.id) }
  await Promise.all([useGrant(world.ports, key, 'send'), useGrant(world.ports, key, 'profile')])
  assert.ok(findKeptGrant(world.ports, key))
  await useGrant(world.ports, { ...key, connectionId: String(page.id) }, 'profile')
  await world.call('DELETE', `/v1/connections/${instagram.id}`, { headers: world.asHost })

  const audited = await world.ports.db.many<{
    actor: string
    purpose: string
    subject_id: string
  }>(sql`
    select actor, purpose, subject_id from audit_log where action = 'token.unsealed' order by id`)
  assert.equal(audited.length, opened.length, JSON.stringify({ audited, opened }))
  assert.deepEqual([...new Set(audited.map(({ purpose }) => purpose))].toSorted(), [
    'confirm',
    'exchange',
    'pick',
    'profile',
    'send',
    'unsubscribe',
  ])
  assert.ok(
    audited.every(({ actor, subject_id }) => actor !== '' && /^[0-9a-f-]{36}$/.test(subject_id)),
  )
  assert.ok(
    opened.includes('grants.sealed_user_token') && opened.includes('oauth_states.sealed_token'),
  )
})

test('a token that does not open is audited like one that does, and its failure too', async () => {
  await using world = await testConnectWorld()
  const opened = watchVault(world)
  const { id } = await world.connected()
  await world.ports.db.run(sql`update grants set sealed_token = sealed_token || 'x'`)
  const key = { tenantId: 'clinic', connectionId: String(id) }
  await assert.rejects(useGrant(world.ports, key, 'send'))
  const actions = (await world.audit()).map(({ action }) => action)
  assert.equal(actions.filter((action) => action === 'token.unsealed').length, 1)
  assert.equal(actions.filter((action) => action === 'value.unseal_failed').length, 1)
  assert.deepEqual(opened, [])
})
