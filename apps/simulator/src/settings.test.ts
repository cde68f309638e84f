import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from './settings.ts'

test('flags win over the environment, and defaults fill the rest', () => {
  const settings = readSettings({ SIMULATOR_PORT: '4000', INSTAGRAM_APP_ID: '1' }, [
    '--port',
    '5000',
  ])
  assert.equal(settings.port, 5000)
  assert.equal(settings.instagramApp?.id, '1')
  assert.equal(settings.facebookApp?.id, '1780000000000022')
  assert.equal(settings.webhook, undefined)
  assert.equal(readSettings({}, []).port, 3001)
})

test('of several secrets the first is in use', () => {
  const settings = readSettings({ INSTAGRAM_APP_SECRET: 'new, old' }, [])
  assert.equal(settings.instagramApp?.secret, 'new')
})

test('a callback comes with its verify token', () => {
  const env = { INSTAGRAM_WEBHOOK_VERIFY_TOKEN: 'v' }
  const { webhook } = readSettings(env, ['--callback', 'http://localhost:3000/webhooks/instagram'])
  assert.deepEqual(webhook, {
    callbackUrl: 'http://localhost:3000/webhooks/instagram',
    verifyToken: 'v',
  })
})
