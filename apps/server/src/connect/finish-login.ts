import { AppError } from '@parley/contract/app-error.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import type { Login } from '@parley/instagram/login.ts'
import { readOAuthCallback } from '@parley/instagram/oauth-callback.ts'
import type { OAuthCallback } from '@parley/instagram/oauth-callback.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { adoptAccount } from './adopt-account.ts'
import { appIdOf, redirectUriOf } from './begin-login.ts'
import { hashProofs } from './browser-proof.ts'
import { findPages } from './find-pages.ts'
import { hashSecret } from './hash-secret.ts'
import { identifyInstagram } from './identify-instagram.ts'
import { identifyPage } from './identify-page.ts'
import { offerChoices } from './offer-choices.ts'
import { sealedAt } from './schema.ts'
import type { BrowserProof, ConnectHooks, Result, SessionRow, StateRow, Who } from './schema.ts'
import { consumeState, findOwnState, findState, setOutcome } from './store-states.ts'
import { findSession, markSessionUsed } from './store.ts'

type Touched = Pick<
  Ports,
  'db' | 'clock' | 'random' | 'vault' | 'graph' | 'config' | 'signals' | 'log'
>

export type Finished =
  /** Nothing about this callback is believed; a human page says so. */
  | {
      readonly kind: 'untrusted'
      readonly code: 'connect/state-mismatch' | 'connect/link-expired'
      /** Everything but the browser fits: in-app browsers lose the cookie. */
      readonly isOtherBrowser: boolean
    }
  | { readonly kind: 'pick'; readonly stateId: string }
  | {
      readonly kind: 'left'
      readonly session: SessionRow
      readonly stateId: string
      readonly result: Result
    }

/** Codes are letters, digits and a few signs; anything else is somebody's experiment and is not sent on. */
const CODE = /^[\w.~|:+/=-]{1,2048}$/

/**
 * The way back from Meta. A state is consumed by one statement, a code is sent once, and whatever goes wrong ends as one
 * of our codes: Meta's texts are never shown.
 */
export async function finishLogin(
  ports: Touched,
  hooks: ConnectHooks,
  input: {
    login: Login
    query: URLSearchParams
    proofs: readonly BrowserProof[]
    address: string | null
    requestId: string | null
  },
): Promise<Finished> {
  const callback = readOAuthCallback(input.query)
  if (callback.kind === 'malformed') return await refuse(ports, input, 'malformed', undefined)
  const stateHashes = hashSecret(ports.config.secrets, 'state', callback.state)
  if (!isPlain(ports, input, callback)) return await refuse(ports, input, 'malformed', stateHashes)

  const state = await consumeState(ports.db, {
    stateHashes,
    login: input.login,
    appId: appIdOf(ports.config, input.login) ?? '',
    redirectUri: redirectUriOf(ports.config, input.login),
    browser: hashProofs(ports.config, input.proofs),
    now: new Date(ports.clock.now()),
  })
  const session = state && (await findSession(ports.db, state.tenant_id, state.session_id))
  if (state === undefined || session === undefined) {
    const told = await findEarlierEnd(ports, stateHashes, input)
    return told ?? (await refuse(ports, input, undefined, stateHashes))
  }

  // Whoever comes back with a fresh state and its cookie is the browser that the session's maker sent.
  const who = { actor: session.created_by, address: input.address, requestId: input.requestId }
  await markSessionUsed(ports.db, session.tenant_id, session.id, new Date(ports.clock.now()))
  try {
    return await follow(ports, hooks, { state, session, callback, who })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return await fail(ports, { state, session, who, code: error.code })
  }
}

/**
 * The same callback again, by Reload or Back in the very browser that finished: it is told once more where it went. The
 * code is not sent again, and a confirmation is not handed out twice.
 */
async function findEarlierEnd(
  ports: Pick<Ports, 'db' | 'config'>,
  stateHashes: readonly string[],
  input: { login: Login; proofs: readonly BrowserProof[] },
): Promise<Finished | undefined> {
  const known = await findState(ports.db, stateHashes)
  if (known === undefined || known.connection_id === null) return undefined
  const state = await findOwnState(ports.db, known.id, hashProofs(ports.config, input.proofs))
  if (state?.login !== input.login) return undefined
  const session = await findSession(ports.db, known.tenant_id, known.session_id)
  if (session === undefined) return undefined
  const result: Result = { connected: true, connectionId: known.connection_id }
  return { kind: 'left', session, stateId: known.id, result }
}

type Trip = { state: StateRow; session: SessionRow; who: Who }

async function follow(
  ports: Touched,
  hooks: ConnectHooks,
  trip: Trip & { callback: OAuthCallback },
): Promise<Finished> {
  const { state, session, callback, who } = trip
  // Taken back while the person was at Meta.
  if (session.revoked_at !== null) throw new AppError('connect/link-expired')
  if (callback.kind === 'denied') throw new AppError('connect/denied')
  if (callback.kind !== 'code' || state.sealed_verifier === null) {
    throw new AppError('connect/exchange-failed')
  }
  const verifier = await ports.vault.openToken(
    state.tenant_id,
    sealedAt(state.id, 'sealed_verifier'),
    state.sealed_verifier,
  )
  const exchange = {
    code: callback.code,
    redirectUri: state.redirect_uri,
    verifier: verifier.reveal(),
    appId: state.app_id,
    asked: session.capabilities,
  }
  if (state.login === 'instagram') {
    const identified = await identifyInstagram(ports, exchange)
    return await leaveConnected(
      ports,
      trip,
      await adoptAccount(ports, hooks, { session, identified, who }),
    )
  }
  const { userToken, found } = await findPages(ports, exchange)
  const offer = await offerChoices(ports, { state, session, userToken, found })
  if (offer === 'pick') return { kind: 'pick', stateId: state.id }
  const identified = await identifyPage(ports, {
    choice: offer,
    found,
    userToken,
    appId: state.app_id,
    asked: session.capabilities,
  })
  return await leaveConnected(
    ports,
    trip,
    await adoptAccount(ports, hooks, { session, identified, who }),
  )
}

/** The flow's good end: what came of it is noted beside the trip, for our own result page. */
export async function leaveConnected(
  ports: Pick<Ports, 'db'>,
  trip: Pick<Trip, 'state' | 'session'>,
  adopted: { connectionId: string; grantId: string; confirm: string | undefined },
): Promise<Finished> {
  const { state, session } = trip
  const { connectionId, grantId, confirm } = adopted
  await setOutcome(ports.db, { tenantId: state.tenant_id, id: state.id, connectionId, grantId })
  const result: Result = {
    connected: true,
    connectionId,
    ...(confirm === undefined ? {} : { confirm }),
  }
  return { kind: 'left', session, stateId: state.id, result }
}

/** The flow's bad end: one of our codes, an audit line, and back to where the person came from. */
export async function fail(
  ports: Pick<Ports, 'db' | 'clock'>,
  input: Trip & { code: ErrorCode },
): Promise<Finished> {
  const { state, session, who, code } = input
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    ...who,
    action: code === 'connect/denied' ? 'connect.denied' : 'connect.failed',
    tenantId: session.tenant_id,
    subjectId: session.id,
    detail: { code, login: state.login },
  })
  const result: Result = { connected: false, error: code }
  return { kind: 'left', session, stateId: state.id, result }
}

/** Neither login's server names itself in its answers; one that does is not the one we asked (RFC 9207). */
function isPlain(
  ports: Pick<Ports, 'config'>,
  input: { login: Login; query: URLSearchParams },
  callback: Exclude<OAuthCallback, { kind: 'malformed' }>,
): boolean {
  const { instagramWww, facebookWww } = ports.config.metaUrls
  const issuer = input.login === 'instagram' ? instagramWww : facebookWww
  const named = input.query.getAll('iss')
  if (named.some((iss) => iss !== issuer)) return false
  return callback.kind !== 'code' || CODE.test(callback.code)
}

type Refusal =
  | 'malformed'
  | 'unknown_state'
  | 'replayed'
  | 'expired'
  | 'other_login'
  | 'other_app'
  | 'other_address'
  | 'other_browser'

async function refuse(
  ports: Touched,
  input: { login: Login; address: string | null; requestId: string | null },
  known: Refusal | undefined,
  stateHashes: readonly string[] | undefined,
): Promise<Finished> {
  const state = stateHashes && (await findState(ports.db, stateHashes))
  const reason = known ?? reasonOf(ports, state, input.login)
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    actor: 'anonymous',
    action: 'connect.callback_refused',
    tenantId: state?.tenant_id ?? null,
    subjectId: state?.session_id ?? null,
    address: input.address,
    requestId: input.requestId,
    detail: { reason, login: input.login },
  })
  const isLate = reason === 'expired' || reason === 'replayed'
  return {
    kind: 'untrusted',
    code: isLate ? 'connect/link-expired' : 'connect/state-mismatch',
    isOtherBrowser: reason === 'other_browser',
  }
}

function reasonOf(
  ports: Pick<Ports, 'config' | 'clock'>,
  state: StateRow | undefined,
  login: Login,
): Refusal {
  if (state === undefined) return 'unknown_state'
  if (state.consumed_at !== null) return 'replayed'
  if (state.login !== login) return 'other_login'
  if (state.app_id !== appIdOf(ports.config, login)) return 'other_app'
  if (state.redirect_uri !== redirectUriOf(ports.config, login)) return 'other_address'
  return state.expires_at.getTime() <= ports.clock.now() ? 'expired' : 'other_browser'
}
