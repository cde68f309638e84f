import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  classifyGraphError,
  isAppRemoved,
  isWindowClosed,
  retriesMax,
  sendOutcomeOf,
} from './classify-graph-error.ts'
import type { GraphErrorClass } from './classify-graph-error.ts'
import { GraphError, readGraphError } from './graph-error.ts'
import { HttpFailure } from './http-port.ts'

function graphError(
  error: Record<string, unknown>,
  status = 400,
  headers: Record<string, string> = {},
): GraphError {
  return readGraphError({ status, headers, body: new Uint8Array() }, { error })
}

/** code, subcode, HTTP status, class. The catalogue of the fact sheets: 7.2 to 7.5 and 2.9. */
const CATALOGUE: readonly (readonly [number, number | undefined, number, GraphErrorClass])[] = [
  [190, undefined, 400, 'needs_reauth'],
  [190, undefined, 401, 'needs_reauth'],
  [190, 458, 400, 'needs_reauth'],
  [190, 459, 400, 'needs_reauth'],
  [190, 460, 400, 'needs_reauth'],
  [190, 463, 400, 'needs_reauth'],
  [190, 492, 400, 'needs_reauth'],
  [102, undefined, 400, 'needs_reauth'],
  [10, 2534077, 400, 'needs_reauth'],
  [100, 2534013, 400, 'needs_reauth'],
  [100, 36007, 400, 'needs_reauth'],
  [100, 36009, 400, 'needs_reauth'],
  [3, undefined, 400, 'needs_permission'],
  [10, undefined, 403, 'needs_permission'],
  [200, undefined, 403, 'needs_permission'],
  [200, 2018028, 403, 'needs_permission'],
  [230, undefined, 403, 'needs_permission'],
  [299, undefined, 400, 'needs_permission'],
  [200, 2534041, 403, 'account_action'],
  [100, 2534029, 400, 'account_action'],
  [10, 1893063, 403, 'account_action'],
  [25, 2207050, 400, 'account_action'],
  [36103, undefined, 400, 'account_action'],
  [10, 2534022, 400, 'fail_message'],
  [10, 2534022, 403, 'fail_message'],
  [10, 2534022, 500, 'fail_message'],
  [10, 2018278, 403, 'fail_message'],
  [10, 2018108, 400, 'fail_message'],
  [551, undefined, 400, 'fail_message'],
  [551, 1545041, 400, 'fail_message'],
  [200, 1545041, 400, 'fail_message'],
  [100, 33, 400, 'fail_message'],
  [100, 2018001, 400, 'fail_message'],
  [100, 2534014, 400, 'fail_message'],
  [100, 2534015, 400, 'fail_message'],
  [100, 2534025, 400, 'fail_message'],
  [100, 2534037, 400, 'fail_message'],
  [100, 2534068, 400, 'fail_message'],
  [2018300, undefined, 400, 'fail_message'],
  [9000001, undefined, 400, 'fail_message'],
  [9010, undefined, 401, 'fail_message'],
  [-1, 2534023, 500, 'fail_message'],
  [24, 2207008, 400, 'fail_message'],
  [4, undefined, 400, 'throttled'],
  [17, undefined, 400, 'throttled'],
  [32, undefined, 403, 'throttled'],
  [341, undefined, 400, 'throttled'],
  [368, undefined, 400, 'throttled'],
  [613, undefined, 400, 'throttled'],
  [613, 2534040, 400, 'throttled'],
  [613, 2018338, 400, 'throttled'],
  [80001, undefined, 400, 'throttled'],
  [80002, undefined, 400, 'throttled'],
  [80006, undefined, 429, 'throttled'],
  [4, 2207051, 400, 'throttled'],
  [9, 2207042, 400, 'throttled'],
  [1, undefined, 500, 'transient'],
  [1, 99, 500, 'transient'],
  [2, undefined, 503, 'transient'],
  [2, 1545133, 500, 'transient'],
  [-1, 2207001, 400, 'transient'],
  [-2, 2207003, 400, 'transient'],
  [100, 2018008, 400, 'transient'],
  [100, 2018294, 400, 'transient'],
  [987654, undefined, 500, 'transient'],
  [100, 36008, 400, 'app_broken'],
  [101, undefined, 400, 'app_broken'],
  [100, undefined, 400, 'bug'],
  [100, 2018014, 400, 'bug'],
  [803, undefined, 404, 'bug'],
  [2500, undefined, 500, 'bug'],
  [987654, undefined, 400, 'bug'],
  [1, 1357046, 500, 'unknown_outcome'],
]

for (const [code, subcode, status, expected] of CATALOGUE) {
  test(`${code}${subcode === undefined ? '' : `/${subcode}`} with HTTP ${status} is ${expected}`, () => {
    assert.equal(classifyGraphError(graphError({ code, error_subcode: subcode }, status)), expected)
  })
}

const BY_TEXT: readonly (readonly [Record<string, unknown>, GraphErrorClass])[] = [
  [{ code: 100, message: 'Unsupported request - method type: get' }, 'needs_permission'],
  [{ code: 100, message: 'Unsupported request - method type: post' }, 'needs_permission'],
  [{ code: 100, error_subcode: 33, message: 'Unsupported get request. Object …' }, 'fail_message'],
  [
    { code: 100, message: "To use 'Human Agent', your use of this endpoint must be…" },
    'needs_permission',
  ],
  [{ code: 100, message: 'Invalid appsecret_proof provided in the API argument' }, 'app_broken'],
  [{ code: 1, message: 'Error validating client secret.' }, 'app_broken'],
  [{ code: 100, message: 'The parameter X is required.' }, 'bug'],
  [{ code: 100, is_transient: true, message: 'busy' }, 'transient'],
  [{ code: 190, is_transient: true, message: 'dead' }, 'needs_reauth'],
  [{ code: 4, is_transient: true, message: 'limit' }, 'throttled'],
  [{ code: 80_002, is_transient: true, message: 'calls' }, 'throttled'],
]

for (const [error, expected] of BY_TEXT) {
  test(`"${String(error['message'])}" is ${expected}`, () => {
    assert.equal(classifyGraphError(graphError(error)), expected)
  })
}

const FLAT: readonly (readonly [string, GraphErrorClass])[] = [
  ['Matching code was not found or was already used.', 'needs_reauth'],
  ['Invalid platform app', 'app_broken'],
  [
    'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
    'app_broken',
  ],
  ['Something else', 'bug'],
]

for (const [message, expected] of FLAT) {
  test(`the code exchange's "${message}" is ${expected}`, () => {
    const body = { error_type: 'OAuthException', code: 400, error_message: message }
    const error = readGraphError({ status: 400, headers: {}, body: new Uint8Array() }, body)
    assert.equal(error.shape, 'oauth')
    assert.equal(classifyGraphError(error), expected)
  })
}

test('a send is proven not sent by a Graph error body or a connection never made, and by nothing else', () => {
  const none = (status: number): GraphError => new GraphError({ shape: 'none', httpStatus: status })
  assert.equal(sendOutcomeOf(graphError({ code: 2 }, 500)), 'not_sent')
  assert.equal(sendOutcomeOf(graphError({ code: 190 })), 'not_sent')
  assert.equal(sendOutcomeOf(new HttpFailure('not_connected')), 'not_sent')
  assert.equal(sendOutcomeOf(none(429)), 'not_sent')

  assert.equal(sendOutcomeOf(graphError({ code: 1, error_subcode: 1357046 }, 500)), 'unknown')
  assert.equal(sendOutcomeOf(new HttpFailure('after_sent')), 'unknown')
  assert.equal(sendOutcomeOf(new HttpFailure('too_large')), 'unknown')
  for (const status of [200, 302, 400, 500, 502, 504]) {
    assert.equal(sendOutcomeOf(none(status)), 'unknown')
  }
})

test('only what can heal is repeated, and not for ever', () => {
  assert.equal(retriesMax(graphError({ code: 1 })), 5)
  assert.equal(retriesMax(graphError({ code: 100, error_subcode: 2018008 })), 2)
  assert.equal(retriesMax(graphError({ code: 2 })), undefined)
})

test('a removed app and a closed window are recognised', () => {
  assert.equal(isAppRemoved(graphError({ code: 190, error_subcode: 458 })), true)
  assert.equal(isAppRemoved(graphError({ code: 190, error_subcode: 460 })), false)
  assert.equal(isWindowClosed(graphError({ code: 10, error_subcode: 2534022 }, 403)), true)
  assert.equal(isWindowClosed(graphError({ code: 10 }, 403)), false)
})

test("Meta's text, which may quote a token, is in no log line", () => {
  const error = graphError({
    code: 190,
    message: 'Cannot parse access token IGAAsecret',
    fbtrace_id: 'A1b2',
  })
  const shown = [
    String(error),
    error.stack,
    JSON.stringify(error),
    inspect(error, { showHidden: true }),
  ]
  assert.ok(shown.every((text) => text?.includes('IGAA') === false))
  assert.equal(error.fbtraceId, 'A1b2')
  assert.match(error.metaMessage, /IGAA/)
})

test('the wait Meta asks for comes from its usage headers', () => {
  const usage = JSON.stringify({
    '178': [
      {
        type: 'instagram',
        call_count: 100,
        total_cputime: 25,
        total_time: 5,
        estimated_time_to_regain_access: 19,
      },
    ],
  })
  const error = graphError({ code: 80002 }, 400, { 'x-business-use-case-usage': usage })
  assert.equal(error.retryAfterMs, 19 * 60_000)
  assert.equal(graphError({ code: 4 }, 429, { 'retry-after': '7' }).retryAfterMs, 7000)
  assert.equal(graphError({ code: 4 }).retryAfterMs, undefined)
})

test('a body of any shape is an error and never a throw', () => {
  const odd = [
    undefined,
    null,
    7,
    'x',
    [],
    {},
    { error: null },
    { error: 'x' },
    { error: { code: {} } },
  ]
  for (const json of odd) {
    const error = readGraphError({ status: 500, headers: {}, body: new Uint8Array() }, json)
    assert.equal(typeof classifyGraphError(error), 'string')
  }
})
