import type { GraphError } from './graph-error.ts'
import { HttpFailure } from './http-port.ts'

/**
 * What a failed call means.
 *
 * - `transient`: try again later, up to `retriesMax`.
 * - `throttled`: stop this account's (or the app's) calls for `retryAfterMs`.
 * - `needs_reauth`: the token is dead, or a code was used up; a person must log in again.
 * - `needs_permission`: a scope, a role or a review is missing; stop the feature, not the account.
 * - `account_action`: the account's owner must change something in Instagram.
 * - `fail_message`: this message cannot be sent, or this object is gone; the account is healthy.
 * - `app_broken`: the app's own configuration is wrong (id, secret, redirect address).
 * - `bug`: we asked for something that cannot be; never repeat.
 * - `unknown_outcome`: Meta may have acted; look before repeating.
 */
export type GraphErrorClass =
  | 'transient'
  | 'throttled'
  | 'needs_reauth'
  | 'needs_permission'
  | 'account_action'
  | 'fail_message'
  | 'app_broken'
  | 'bug'
  | 'unknown_outcome'

/**
 * Code and subcode together; they come before everything else.
 * Sources, read 2026-11-20: /messenger-platform/error-codes, /docs/graph-api/guides/error-handling,
 * /instagram-graph-api/reference/error-codes, and public logs where the fact sheets say so.
 */
const CLASS_OF_SUBCODE: Readonly<Record<string, GraphErrorClass>> = {
  '1/1357046': 'unknown_outcome', // an unreadable reply although all was sent
  '-1/2534023': 'fail_message', // second private reply to a comment
  '4/2207051': 'throttled',
  '9/2207042': 'throttled',
  '10/2534022': 'fail_message', // outside the messaging window
  '10/2018278': 'fail_message',
  '10/2018065': 'fail_message',
  '10/2018108': 'fail_message',
  '10/2534077': 'needs_reauth', // Instagram, page and user no longer belong together
  '10/1893063': 'account_action', // sending restricted
  '100/33': 'fail_message', // object gone, or not ours
  '100/36007': 'needs_reauth', // code expired
  '100/36008': 'app_broken', // redirect address differs
  '100/36009': 'needs_reauth', // code used
  '100/2018001': 'fail_message',
  '100/2018008': 'transient', // attachment could not be fetched
  '100/2018047': 'fail_message',
  '100/2018074': 'fail_message',
  '100/2018109': 'fail_message',
  '100/2018294': 'transient', // video fetch timed out
  '100/2534001': 'fail_message',
  '100/2534013': 'needs_reauth', // page not linked
  '100/2534014': 'fail_message', // no such person
  '100/2534015': 'fail_message',
  '100/2534025': 'fail_message', // comment not valid for a private reply
  '100/2534029': 'account_action', // barred from the messaging API
  '100/2534037': 'fail_message', // another app owns the thread
  '100/2534068': 'fail_message', // several images not enabled
  '200/1545041': 'fail_message', // person not available
  '200/2534041': 'account_action', // owner switched off message access
}

const CLASS_OF_CODE: Readonly<Record<number, GraphErrorClass>> = {
  [-2]: 'transient',
  [-1]: 'transient',
  1: 'transient',
  2: 'transient',
  3: 'needs_permission',
  4: 'throttled',
  9: 'fail_message',
  10: 'needs_permission',
  17: 'throttled',
  24: 'fail_message', // media container gone
  25: 'account_action', // account restricted or in a checkpoint
  32: 'throttled',
  100: 'bug',
  101: 'app_broken', // no such app
  102: 'needs_reauth',
  190: 'needs_reauth',
  191: 'app_broken', // redirect address not registered
  341: 'throttled',
  368: 'throttled', // blocked for policy reasons
  551: 'fail_message', // person not available
  613: 'throttled',
  803: 'bug',
  2022: 'account_action',
  2500: 'bug', // unknown path; comes with HTTP 500 and stays wrong
  9010: 'fail_message', // no such person: Meta's review robot
  36000: 'fail_message', // image too large
  36103: 'account_action', // account not eligible yet
  2018300: 'fail_message', // another app controls the thread
  2018321: 'fail_message', // an automated flow is running
  9000001: 'fail_message', // deleted by one side
}

/**
 * The places where Meta tells the cause in words only. Beginnings, because texts are continued freely.
 * Flat OAuth errors have one code (400) for everything.
 */
const CLASS_OF_TEXT: readonly (readonly [RegExp, GraphErrorClass])[] = [
  // Not a wrong verb: no accepted tester role, or Advanced Access missing.
  [/^Unsupported request - method type/i, 'needs_permission'],
  [/^Insufficient developer role/i, 'needs_permission'],
  [/^To use 'Human Agent'/i, 'needs_permission'],
  [/appsecret_proof/i, 'app_broken'],
  [/^Error validating client secret/i, 'app_broken'],
  [/^Error validating application/i, 'app_broken'],
  [/^Invalid platform app/i, 'app_broken'],
  [/^Invalid client/i, 'app_broken'],
  [/redirect_uri/i, 'app_broken'],
  [/^Matching code was not found or was already used/i, 'needs_reauth'],
]

/** Decides on code and subcode, never on the HTTP status where there is a code. */
export function classifyGraphError(error: GraphError | HttpFailure): GraphErrorClass {
  if (error instanceof HttpFailure) {
    return error.phase === 'not_connected' ? 'transient' : 'unknown_outcome'
  }
  const { shape, httpStatus, code, subcode } = error
  if (shape === 'none') return httpStatus === 429 ? 'throttled' : 'unknown_outcome'

  const bySubcode = CLASS_OF_SUBCODE[`${code ?? ''}/${subcode ?? ''}`]
  if (bySubcode !== undefined) return bySubcode
  if (code === 190 || code === 102) return 'needs_reauth'
  const byText = CLASS_OF_TEXT.find(([pattern]) => pattern.test(error.metaMessage))
  if (byText !== undefined) return byText[1]
  const byCode = classOfCode(code, httpStatus)
  // Limits pass too, and Meta says so of them; but not by asking again soon.
  return error.isTransient && byCode !== 'throttled' ? 'transient' : byCode
}

function classOfCode(code: number | undefined, httpStatus: number): GraphErrorClass {
  const known = code === undefined ? undefined : CLASS_OF_CODE[code]
  if (known !== undefined) return known
  if (code !== undefined && code >= 200 && code <= 299) return 'needs_permission'
  // Business use case limits: 80000 to 80014, of which the sheets name 80001, 80002 and 80006.
  if (code !== undefined && code >= 80_000 && code <= 80_014) return 'throttled'
  return httpStatus >= 500 || httpStatus === 429 ? 'transient' : 'bug'
}

/** How often a `transient` error is worth repeating; `undefined`: as long as the window is open. */
export function retriesMax(error: GraphError | HttpFailure): number | undefined {
  if (error instanceof HttpFailure || classifyGraphError(error) !== 'transient') return undefined
  if (error.subcode === 2018008 || error.subcode === 2018294) return 2
  if (error.code === -1 || error.code === -2) return 2
  return error.code === 1 ? 5 : undefined
}

/**
 * Whether a failed send can have reached the person. `not_sent` is proven: Meta refused in words, or
 * nothing was ever connected. Everything else is `unknown`, for there is no idempotency key.
 */
export function sendOutcomeOf(error: GraphError | HttpFailure): 'not_sent' | 'unknown' {
  // An aborted or refused connection has sent nothing; 429 is a refusal by definition.
  return classifyGraphError(error) === 'unknown_outcome' ? 'unknown' : 'not_sent'
}

/** The person removed the app, or its permission died with it: the grant is `revoked`. */
export function isAppRemoved(error: GraphError): boolean {
  return (error.code === 190 || error.code === 102) && error.subcode === 458
}

/** Meta says the messaging window is closed, whatever we counted. */
export function isWindowClosed(error: GraphError): boolean {
  return (
    error.code === 10 &&
    (error.subcode === 2534022 || error.subcode === 2018278 || error.subcode === 2018065)
  )
}

/** Another app, or nobody we are, controls the conversation. */
export function isThreadTakenElsewhere(error: GraphError): boolean {
  return (
    (error.code === 100 && error.subcode === 2534037) ||
    error.code === 2018300 ||
    error.code === 2018321
  )
}
