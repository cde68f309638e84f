import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilityStates, requiredScopes, scopesFor } from './scopes.ts'
import { webhookFieldsFor } from './webhook-fields.ts'

test('a gallery on Instagram asks for the basic scope alone', () => {
  assert.deepEqual(scopesFor('instagram', []), ['instagram_business_basic'])
})

test('Instagram asks for one scope per capability, in one order', () => {
  assert.deepEqual(scopesFor('instagram', ['insights', 'messages', 'messages', 'publish']), [
    'instagram_business_basic',
    'instagram_business_manage_messages',
    'instagram_business_content_publish',
    'instagram_business_manage_insights',
  ])
})

test('Facebook asks to manage page metadata only for what needs webhooks', () => {
  const base = [
    'instagram_basic',
    'pages_show_list',
    'pages_read_engagement',
    'business_management',
  ]
  assert.deepEqual(scopesFor('facebook', []), base)
  assert.deepEqual(scopesFor('facebook', ['publish']), [...base, 'instagram_content_publish'])
  assert.deepEqual(scopesFor('facebook', ['messages']), [
    ...base,
    'pages_manage_metadata',
    'instagram_manage_messages',
  ])
})

test('the two scope families never mix', () => {
  const all = ['messages', 'comments', 'publish', 'insights'] as const
  assert.ok(scopesFor('instagram', all).every((scope) => scope.startsWith('instagram_business_')))
  assert.ok(!scopesFor('facebook', all).some((scope) => scope.startsWith('instagram_business_')))
})

test('a declined permission is told apart from one never asked for', () => {
  assert.deepEqual(
    capabilityStates(
      'instagram',
      ['messages', 'comments'],
      ['instagram_business_basic', 'instagram_business_manage_comments'],
    ),
    {
      messages: { state: 'off', reason: 'permission_not_granted' },
      comments: { state: 'on' },
      publish: { state: 'off', reason: 'not_requested' },
      insights: { state: 'off', reason: 'not_requested' },
    },
  )
})

test('without the basic scope nothing is on', () => {
  const states = capabilityStates('instagram', ['messages'], ['instagram_business_manage_messages'])
  assert.equal(states.messages.state, 'off')
})

test('messages over Facebook need the page subscription scope', () => {
  assert.deepEqual(requiredScopes('facebook', 'messages'), [
    'instagram_basic',
    'instagram_manage_messages',
    'pages_manage_metadata',
  ])
})

test('unknown grants leave the requested capabilities unknown', () => {
  const states = capabilityStates('instagram', ['messages'], undefined)
  assert.deepEqual(states.messages, { state: 'unknown' })
  assert.deepEqual(states.publish, { state: 'off', reason: 'not_requested' })
})

test('webhook fields follow each host, which name the same events differently', () => {
  const instagram = webhookFieldsFor('instagram', ['messages'])
  assert.ok(instagram.includes('messaging_seen') && instagram.includes('messaging_referral'))
  assert.ok(!instagram.includes('message_echoes'), 'refused by the Instagram host')
  const facebook = webhookFieldsFor('facebook', ['messages'])
  assert.ok(facebook.includes('message_reads') && facebook.includes('messaging_referrals'))
  assert.ok(!facebook.includes('messaging_seen'))
  assert.deepEqual(webhookFieldsFor('instagram', ['comments']), ['comments', 'live_comments'])
  assert.deepEqual(webhookFieldsFor('facebook', []), [])
})
