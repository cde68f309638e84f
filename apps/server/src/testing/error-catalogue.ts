import type { ErrorCode } from '@parley/contract/errors.ts'
import type { reasons } from '@parley/contract/reasons.ts'
import type { GraphErrorClass } from '@parley/instagram/classify-graph-error.ts'

type Reason = keyof typeof reasons

/** What Meta says, as the simulator's faults take it. */
export type Said =
  | {
      readonly code: number
      readonly subcode?: number
      readonly httpStatus?: number
      readonly message?: string
      readonly isTransient?: boolean
    }
  | 'empty-500'
  | 'html'
  | 'drop-before'
  | 'drop-after'

/** What becomes of a connection and of a message when Meta says so. */
export type Effect = {
  readonly meaning: GraphErrorClass
  readonly status: 'active' | 'needs_reauth' | 'revoked'
  readonly reason: Reason | null
  /** Why messages are off at a connection that stays. */
  readonly off: Reason | null
  /** The host is told so; null: nothing, for it passes or is one message's own. */
  readonly event: { readonly type: string; readonly data: object } | null
  /** A message in hand; a code: it failed for that. */
  readonly message: 'queued' | 'unknown' | ErrorCode
}

const stays = { status: 'active', reason: null, off: null, event: null } as const

const dead = (reason: Reason): Effect => ({
  ...stays,
  meaning: 'needs_reauth',
  status: 'needs_reauth',
  reason,
  event: { type: 'connection.needs_reauth', data: { status: 'needs_reauth', reason } },
  message: 'queued',
})
const removed: Effect = {
  ...dead('app_removed'),
  status: 'revoked',
  event: { type: 'connection.revoked', data: { status: 'revoked', reason: 'app_removed' } },
}
const off = (meaning: 'needs_permission' | 'account_action', reason: Reason): Effect => ({
  ...stays,
  meaning,
  off: reason,
  event: { type: 'capability.changed', data: { capability: 'messages', state: 'off', reason } },
  message: 'replies/messages-off',
})
const unpermitted = off('needs_permission', 'permission_withdrawn')
const restricted = off('account_action', 'account_restricted')
const fails = (message: ErrorCode = 'replies/refused-by-meta'): Effect => ({
  ...stays,
  meaning: 'fail_message',
  message,
})
const closed = fails('replies/window-closed')
const away = fails('replies/person-unavailable')
const wrong: Effect = { ...fails(), meaning: 'bug' }
const passes: Effect = { ...stays, meaning: 'transient', message: 'queued' }
const slower: Effect = { ...passes, meaning: 'throttled' }
const broken: Effect = { ...passes, meaning: 'app_broken' }
const unknown: Effect = { ...stays, meaning: 'unknown_outcome', message: 'unknown' }

/** Every row of the fact sheets' catalogue of what a call with a token may be refused with: 6.4, 7.2 to 7.5; 2.9. */
export const ERROR_CATALOGUE: readonly (readonly [Said, Effect])[] = [
  [{ code: 190 }, dead('token_invalid')],
  [{ code: 190, subcode: 458 }, removed],
  [{ code: 190, subcode: 459 }, dead('checkpoint')],
  [{ code: 190, subcode: 460 }, dead('password_changed')],
  [{ code: 190, subcode: 463 }, dead('expired')],
  [{ code: 190, subcode: 464 }, dead('unconfirmed_person')],
  [{ code: 190, subcode: 467 }, dead('token_invalid')],
  [{ code: 190, subcode: 492 }, dead('page_role_lost')],
  [{ code: 190, subcode: 493 }, dead('inactive')],
  [{ code: 102 }, dead('token_invalid')],
  [{ code: 102, subcode: 458 }, removed],
  [{ code: 102, subcode: 459 }, dead('checkpoint')],
  [{ code: 102, subcode: 460 }, dead('password_changed')],
  [{ code: 102, subcode: 463 }, dead('expired')],
  [{ code: 102, subcode: 464 }, dead('unconfirmed_person')],
  [{ code: 102, subcode: 467 }, dead('token_invalid')],
  [{ code: 102, subcode: 492 }, dead('page_role_lost')],
  [{ code: 102, subcode: 493 }, dead('inactive')],
  [{ code: 10, subcode: 2_534_077 }, dead('page_link_unverified')],
  [{ code: 100, subcode: 2_534_013 }, dead('page_unlinked')],

  [{ code: 3 }, unpermitted],
  [{ code: 10, httpStatus: 403 }, unpermitted],
  [{ code: 10, subcode: 1_893_015 }, unpermitted],
  [{ code: 10, subcode: 1_404_170 }, unpermitted],
  [{ code: 200, httpStatus: 403 }, unpermitted],
  [{ code: 200, subcode: 2_018_021 }, unpermitted],
  [{ code: 200, subcode: 2_018_027 }, unpermitted],
  [{ code: 200, subcode: 2_018_028 }, unpermitted],
  [{ code: 201 }, unpermitted],
  [{ code: 230 }, unpermitted],
  [{ code: 299 }, unpermitted],
  [{ code: 100, message: 'Unsupported request - method type: get' }, unpermitted],
  [{ code: 200, subcode: 2_534_041 }, off('account_action', 'message_access_off')],
  [{ code: 100, subcode: 2_534_029 }, restricted],
  [{ code: 10, subcode: 1_893_063 }, restricted],
  [{ code: 25, subcode: 2_207_050 }, restricted],
  [{ code: 2022 }, restricted],
  [{ code: 36_103 }, restricted],

  [{ code: 10, subcode: 2_534_022, httpStatus: 403 }, closed],
  [{ code: 10, subcode: 2_018_278 }, closed],
  [{ code: 10, subcode: 2_018_065 }, closed],
  [{ code: 10, subcode: 2_018_108 }, away],
  [{ code: 200, subcode: 1_545_041 }, away],
  [{ code: 551 }, away],
  [{ code: 551, subcode: 1_545_041 }, away],
  [{ code: 100, subcode: 33 }, fails()],
  [{ code: 100, subcode: 2_018_001 }, fails()],
  [{ code: 100, subcode: 2_018_047 }, fails()],
  [{ code: 100, subcode: 2_018_074 }, fails()],
  [{ code: 100, subcode: 2_018_109 }, fails()],
  [{ code: 100, subcode: 2_534_001 }, fails()],
  [{ code: 100, subcode: 2_534_014 }, fails()],
  [{ code: 100, subcode: 2_534_015 }, fails()],
  [{ code: 100, subcode: 2_534_025 }, fails()],
  [{ code: 100, subcode: 2_534_037 }, fails()],
  [{ code: 100, subcode: 2_534_068 }, fails()],
  [{ code: 24, subcode: 2_207_006 }, fails()],
  [{ code: 24, subcode: 2_207_008 }, fails()],
  [{ code: 9_000_001 }, fails()],
  [{ code: 2_018_300 }, fails()],
  [{ code: 2_018_321 }, fails()],

  [{ code: 100 }, wrong],
  [{ code: 100, subcode: 2_018_014 }, wrong],
  [{ code: 803, httpStatus: 404 }, wrong],
  [{ code: 2500, httpStatus: 500 }, wrong],

  [{ code: 1 }, passes],
  [{ code: 1, subcode: 99 }, passes],
  [{ code: 2, httpStatus: 500 }, passes],
  [{ code: 2, subcode: 1_545_133 }, passes],
  [{ code: -1 }, passes],
  [{ code: -2 }, passes],
  [{ code: 100, subcode: 2_018_008 }, passes],
  [{ code: 100, subcode: 2_018_294 }, passes],
  [{ code: 99_999, isTransient: true }, passes],

  [{ code: 4 }, slower],
  [{ code: 4, subcode: 2_207_051 }, slower],
  [{ code: 9, subcode: 2_207_042 }, slower],
  [{ code: 17 }, slower],
  [{ code: 32 }, slower],
  [{ code: 341 }, slower],
  [{ code: 368 }, slower],
  [{ code: 613 }, slower],
  [{ code: 613, subcode: 1996 }, slower],
  [{ code: 613, subcode: 2_018_338 }, slower],
  [{ code: 613, subcode: 2_534_040 }, slower],
  [{ code: 80_001 }, slower],
  [{ code: 80_002 }, slower],
  [{ code: 80_006 }, slower],

  [{ code: 101 }, broken],

  [{ code: 1, subcode: 1_357_046 }, unknown],
  ['empty-500', unknown],
  ['html', unknown],
  ['drop-before', unknown],
  ['drop-after', unknown],
]
