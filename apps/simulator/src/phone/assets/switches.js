/** What the pane says about each switch. Options: a list of [value, words]; none = on or off; a number = its unit. */
export const GROUPS = [
  {
    title: 'Webhooks',
    switches: [
      { key: 'webhookDuplicate', words: 'Deliver everything twice' },
      { key: 'webhookReorder', words: 'Deliver in reverse order' },
      { key: 'webhookBatch', words: 'Pack several into one POST' },
      { key: 'webhookHold', words: 'Hold back until released' },
      { key: 'webhookArray', words: 'Wrap the body in an array' },
      { key: 'postbackMid', words: 'Postbacks carry a mid' },
      { key: 'numericAdId', words: 'Ad ids without quotes' },
      { key: 'webhookDelayMs', words: 'Delay', unit: 'ms' },
      {
        key: 'editCompanion',
        words: 'message_edit 0 with new messages',
        options: [
          ['off', 'never'],
          ['beside', 'beside the message'],
          ['instead', 'instead of it'],
        ],
      },
      {
        key: 'signWith',
        words: 'Signed with',
        options: [
          ['own', 'the app’s secret'],
          ['other_app', 'the other app’s secret'],
          ['wrong', 'a wrong secret'],
        ],
      },
      {
        key: 'disableAfterMs',
        words: 'Unsubscribe after failing for',
        options: [
          [60_000, '1 minute'],
          [3_600_000, '1 hour'],
          [null, 'never'],
        ],
      },
    ],
  },
  {
    title: 'Sending',
    switches: [
      {
        key: 'echo',
        words: 'The echo comes',
        options: [
          ['after', 'after the answer'],
          ['before', 'before the answer'],
          ['off', 'not at all'],
        ],
      },
      { key: 'echoDelayMs', words: 'Echo delay', unit: 'ms' },
      { key: 'echoAppId', words: 'Echoes name the app' },
      { key: 'humanAgent', words: 'Human Agent is approved' },
      {
        key: 'routing',
        words: 'Threads belong to',
        options: [
          ['off', 'everybody'],
          ['other_app_owns', 'another app (standby)'],
        ],
      },
      {
        key: 'windowErrorStatus',
        words: 'Window error answers',
        options: [
          [400, '400'],
          [403, '403'],
          [500, '500'],
        ],
      },
      {
        key: 'fetchMedia',
        words: 'Media addresses are fetched',
        options: [
          ['loopback', 'on this machine'],
          ['never', 'never'],
        ],
      },
      { key: 'sendsPerSecond', words: 'Sends', unit: '/ s' },
      { key: 'mediaSendsPerSecond', words: 'Audio and video', unit: '/ s' },
      { key: 'conversationCallsPerSecond', words: 'Conversation reads', unit: '/ s' },
      {
        key: 'usagePercent',
        words: 'Usage headers say',
        options: [
          [null, 'the truth'],
          [85, '85 %'],
          [100, '100 %'],
        ],
      },
    ],
  },
  {
    title: 'Login and tokens',
    switches: [
      {
        key: 'tokenReply',
        words: 'Code exchange answers',
        options: [
          ['flat_int', 'flat, bare number'],
          ['flat_string', 'flat, string'],
          ['data_array', 'data[ ] as documented'],
        ],
      },
      {
        key: 'permissionsReply',
        words: 'permissions as',
        options: [
          ['array', 'array'],
          ['string', 'comma list'],
        ],
      },
      {
        key: 'meReply',
        words: '/me answers',
        options: [
          ['flat', 'flat'],
          ['data_array', 'data[ ] as documented'],
        ],
      },
      {
        key: 'meUserId',
        words: '/me user_id as',
        options: [
          ['string', 'string'],
          ['int', 'bare number'],
        ],
      },
      {
        key: 'refreshReply',
        words: 'Refresh gives',
        options: [
          ['new_string', 'a new token'],
          ['same_string', 'the same, later expiry'],
        ],
      },
      {
        key: 'oldTokenAfterRefresh',
        words: 'The old token then',
        options: [
          ['keeps_working', 'keeps working'],
          ['dies', 'dies'],
        ],
      },
      { key: 'meSubscribedAppsRefused', words: 'Refuse /me/subscribed_apps' },
      { key: 'requireProof', words: 'Require appsecret_proof' },
      {
        key: 'permissionsDeleteReply',
        words: 'DELETE permissions answers',
        options: [
          ['success', '{"success":true}'],
          ['true', 'true'],
        ],
      },
      { key: 'accountsPageMax', words: 'Pages listed at a time', unit: '' },
      {
        key: 'traceId',
        words: 'Errors carry fbtrace_id',
        options: [
          ['usually', 'usually'],
          ['always', 'always'],
          ['never', 'never'],
        ],
      },
    ],
  },
  {
    title: 'Apps',
    switches: [
      {
        key: 'instagramAppMode',
        words: 'Instagram app is',
        options: [
          ['live', 'live'],
          ['development', 'in development'],
        ],
      },
      {
        key: 'instagramAppAccess',
        words: 'Instagram app has',
        options: [
          ['advanced', 'Advanced Access'],
          ['standard', 'Standard Access'],
        ],
      },
      {
        key: 'facebookAppMode',
        words: 'Facebook app is',
        options: [
          ['live', 'live'],
          ['development', 'in development'],
        ],
      },
    ],
  },
]

/** Faults for the next calls, as the pane offers them. */
export const FAULTS = [
  ['190 · token refused', { code: 190 }],
  ['190/460 · password changed', { code: 190, subcode: 460 }],
  ['10/2534022 · outside the window', { code: 10, subcode: 2534022, httpStatus: 403 }],
  ['10 · permission missing', { code: 10, httpStatus: 403 }],
  ['200/2534041 · message access off', { code: 200, subcode: 2534041 }],
  ['551 · person unavailable', { code: 551, subcode: 1545041 }],
  ['613 · rate limit', { code: 613, subcode: 2534040 }],
  ['4 · app limit', { code: 4 }],
  ['368 · blocked for policy', { code: 368 }],
  ['2 · temporarily down', { code: 2, httpStatus: 500 }],
  ['100/33 · object missing', { code: 100, subcode: 33 }],
  ['Done, but the answer is lost', 'drop-after'],
  ['Done, but answers 1/1357046', 'sent-but-1357046'],
  ['Cut before doing anything', 'drop-before'],
  ['Never answers', 'hang'],
  ['Empty 500', 'empty-500'],
  ['HTML instead of JSON', 'html'],
]

export const PATHS = [
  ['any call', undefined],
  ['sends', '/me/messages'],
  ['refreshes', '/refresh_access_token'],
  ['/me', '/me'],
  ['code exchange', '/oauth/access_token'],
  ['conversation reads', '/me/conversations'],
  ['subscriptions', '/me/subscribed_apps'],
]
