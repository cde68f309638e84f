import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ACCOUNT,
  AT,
  PERSON,
  delivery,
  entriesOf,
  entry,
  eventOf,
  only,
} from './testing/deliveries.ts'
import type { WebhookEventKind } from './webhook-event.ts'

const shared = { atMs: AT, standby: false, test: false, personId: PERSON }
const line = {
  ...shared,
  kind: 'message',
  sender: PERSON,
  recipient: ACCOUNT,
  attachments: [],
  isEcho: false,
  isSelf: false,
  isUnsupported: false,
}

const SAMPLES: Record<string, [content: object, event: object]> = {
  'a text': [
    { message: { mid: 'aWdf_1', text: 'café abierto?' } },
    { ...line, mid: 'aWdf_1', dedupeKey: 'message:aWdf_1', text: 'café abierto?' },
  ],
  'a tapped quick reply': [
    { message: { mid: 'aWdf_2', text: 'Sizes', quick_reply: { payload: 'ASK_SIZES' } } },
    {
      ...line,
      mid: 'aWdf_2',
      dedupeKey: 'message:aWdf_2',
      text: 'Sizes',
      quickReplyPayload: 'ASK_SIZES',
    },
  ],
  'a reply to a message': [
    {
      message: { mid: 'aWdf_3', text: 'this', reply_to: { mid: 'aWdf_1', is_self_reply: false } },
    },
    {
      ...line,
      mid: 'aWdf_3',
      dedupeKey: 'message:aWdf_3',
      text: 'this',
      replyTo: { mid: 'aWdf_1' },
    },
  ],
  'a reply to a story': [
    {
      message: {
        mid: 'aWdf_4',
        text: 'wow',
        reply_to: { story: { url: 'https://lookaside.example/s1', id: '18000000000000001' } },
      },
    },
    {
      ...line,
      mid: 'aWdf_4',
      dedupeKey: 'message:aWdf_4',
      text: 'wow',
      replyTo: { story: { id: '18000000000000001', url: 'https://lookaside.example/s1' } },
    },
  ],
  'an unsend': [
    { message: { mid: 'aWdf_1', is_deleted: true } },
    { ...shared, kind: 'unsend', mid: 'aWdf_1', dedupeKey: 'unsend:aWdf_1', isEcho: false },
  ],
  'an unsupported message': [
    { message: { mid: 'aWdf_5', is_unsupported: true } },
    { ...line, mid: 'aWdf_5', dedupeKey: 'message:aWdf_5', isUnsupported: true },
  ],
  'an ad that led here': [
    {
      message: {
        mid: 'aWdf_6',
        text: 'hi',
        referral: {
          ref: 'spring',
          ad_id: 120212345678,
          source: 'ADS',
          type: 'OPEN_THREAD',
          ads_context_data: { ad_title: 'Spring' },
        },
      },
    },
    {
      ...line,
      mid: 'aWdf_6',
      dedupeKey: 'message:aWdf_6',
      text: 'hi',
      referral: {
        ref: 'spring',
        source: 'ADS',
        type: 'OPEN_THREAD',
        adId: '120212345678',
        adTitle: 'Spring',
        productId: undefined,
      },
    },
  ],
  'an edit': [
    { message_edit: { mid: 'aWdf_1', text: 'cafe open?', num_edit: 1 } },
    {
      ...shared,
      kind: 'edit',
      mid: 'aWdf_1',
      dedupeKey: 'edit:aWdf_1:1',
      text: 'cafe open?',
      numEdit: 1,
    },
  ],
  'an edit whose number is text': [
    { message_edit: { mid: 'aWdf_1', text: 'again', num_edit: '2' } },
    {
      ...shared,
      kind: 'edit',
      mid: 'aWdf_1',
      dedupeKey: 'edit:aWdf_1:2',
      text: 'again',
      numEdit: 2,
    },
  ],
  'an edit that is none': [
    { message_edit: { mid: 'aWdf_1', num_edit: 0 } },
    { ...shared, kind: 'edit_companion', mid: 'aWdf_1', dedupeKey: 'edit_companion:aWdf_1' },
  ],
  'a reaction': [
    { reaction: { mid: 'aWdf_1', action: 'react', reaction: 'love', emoji: '❤️' } },
    {
      ...shared,
      kind: 'reaction',
      mid: 'aWdf_1',
      dedupeKey: `reaction:aWdf_1:${PERSON}:react:${AT}`,
      action: 'react',
      reaction: 'love',
      emoji: '❤️',
    },
  ],
  'a reaction taken back': [
    { reaction: { mid: 'aWdf_1', action: 'unreact' } },
    {
      ...shared,
      kind: 'reaction',
      mid: 'aWdf_1',
      dedupeKey: `reaction:aWdf_1:${PERSON}:unreact:${AT}`,
      action: 'unreact',
    },
  ],
  'a postback': [
    { postback: { mid: 'aWdf_10', title: 'Opening hours', payload: 'HOURS' } },
    {
      ...shared,
      kind: 'postback',
      mid: 'aWdf_10',
      dedupeKey: 'postback:aWdf_10',
      title: 'Opening hours',
      payload: 'HOURS',
      isSelf: false,
    },
  ],
  'a read receipt': [
    { read: { mid: 'aWdf_9' } },
    { ...shared, kind: 'seen', mid: 'aWdf_9', dedupeKey: `seen:${PERSON}:aWdf_9` },
  ],
  'a handover': [
    {
      pass_thread_control: {
        previous_owner_app_id: '111',
        new_owner_app_id: 222,
        metadata: 'asked for a person',
      },
    },
    {
      ...shared,
      kind: 'handover',
      change: 'pass',
      dedupeKey: `handover:${PERSON}:${AT}:pass`,
      previousOwnerAppId: '111',
      newOwnerAppId: '222',
      metadata: 'asked for a person',
    },
  ],
}

for (const [name, [content, event]] of Object.entries(SAMPLES)) {
  test(`${name} is read`, () => assert.deepEqual(eventOf(content), event))
}

test('a postback without mid, an ig.me link, an opt-in and a newcomer get keys of their own', () => {
  const contents = [
    { postback: { title: 'Hours', payload: 'HOURS' } },
    { postback: { title: 'Menu', payload: 'MENU' } },
    { referral: { ref: 'poster', source: 'SHORTLINKS', type: 'OPEN_THREAD' } },
    { optin: { type: 'notification_messages' } },
    { some_new_thing: { a: 1 } },
  ]
  const keys = contents.map((content) => eventOf(content).dedupeKey)
  assert.equal(new Set(keys).size, contents.length)
  assert.deepEqual(
    keys,
    contents.map((content) => eventOf(content).dedupeKey),
  )
  assert.ok(
    keys.every((key) => !/HOURS|MENU|poster/.test(key)),
    'no content in a key',
  )
  const kinds = contents.map((content): WebhookEventKind => eventOf(content).kind)
  assert.deepEqual(kinds, ['postback', 'postback', 'referral', 'optin', 'other'])
})

test('every attachment type is kept, known or not, with what it has', () => {
  const event = eventOf({
    message: {
      mid: 'aWdf_8',
      attachments: [
        { type: 'image', payload: { url: 'https://lookaside.example/i' } },
        {
          type: 'ig_post',
          payload: {
            ig_post_media_id: '17900000000000001',
            title: 'New in',
            url: 'https://l.example/p',
          },
        },
        {
          type: 'ig_reel',
          payload: { reel_video_id: '179', title: 'R', url: 'https://i.example/r' },
        },
        { type: 'ephemeral' },
        { type: 'hologram', payload: { url: 'javascript:alert(1)' } },
        'odd',
      ],
    },
  })
  assert.ok(event.kind === 'message')
  assert.deepEqual(JSON.parse(JSON.stringify(event.attachments)), [
    { type: 'image', url: 'https://lookaside.example/i' },
    { type: 'ig_post', url: 'https://l.example/p', title: 'New in', mediaId: '17900000000000001' },
    { type: 'ig_reel', url: 'https://i.example/r', title: 'R', mediaId: '179' },
    { type: 'ephemeral' },
    { type: 'hologram' },
    { type: 'unknown' },
  ])
})

test('the person of an echo is its recipient, also on a page whose entry id is another', () => {
  const echo = {
    sender: { id: ACCOUNT },
    recipient: { id: PERSON },
    timestamp: AT,
    message: { mid: 'aWdf_9', is_echo: true, app_id: 1234567890, text: 'Hello' },
  }
  for (const id of [ACCOUNT, '134895793791914']) {
    const event = only(entriesOf(delivery({ id, time: AT, messaging: [echo] }))[0])
    assert.ok(event.kind === 'message' && event.isEcho)
    assert.equal(event.personId, PERSON)
    assert.equal(event.appId, '1234567890')
  }
})

test('a message to oneself belongs to the account as a person', () => {
  const event = only(
    entriesOf(
      delivery(
        entry({
          messaging: [
            {
              sender: { id: ACCOUNT },
              recipient: { id: '9002' },
              timestamp: AT,
              message: { mid: 'aWdf_11', text: 'test', is_echo: true, is_self: true },
            },
          ],
        }),
      ),
    )[0],
  )
  assert.ok(event.kind === 'message' && event.isEcho && event.isSelf)
  assert.equal(event.personId, '9002')
})

test('an edit companion needs neither sender nor recipient', () => {
  const event = only(
    entriesOf(
      delivery(
        entry({ messaging: [{ timestamp: AT, message_edit: { mid: 'aWdf_1', num_edit: 0 } }] }),
      ),
    )[0],
  )
  assert.equal(event.kind, 'edit_companion')
  assert.ok(!('personId' in event))
})
