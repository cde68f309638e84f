import { createHash } from 'node:crypto'
import { AppError } from '@parley/contract/app-error.ts'
import type { Login } from '@parley/instagram/login.ts'
import { scopesFor } from '@parley/instagram/scopes.ts'
import { Secret } from '@parley/instagram/secret.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Config } from '#config.ts'
import type { Ports } from '#ports/ports.ts'
import { cookieName } from './browser-proof.ts'
import { hashSecret } from './hash-secret.ts'
import { configuredLogins } from './open-link.ts'
import { sealedAt } from './schema.ts'
import type { BrowserProof, SessionRow, Who } from './schema.ts'
import { insertState } from './store-states.ts'
import { bindSession } from './store.ts'

/** From leaving for Meta to coming back. */
const STATE_MS = 10 * 60 * 1000

/**
 * Ties the link to this browser and makes one trip to Meta: a state, its cookie, and the address to go to. A second
 * press in the same browser makes a second trip, so that Back and two tabs work; another browser is refused.
 *
 * @throws AppError `connect/link-expired`, `connect/login-not-configured`.
 */
export async function beginLogin(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'graph' | 'config'>,
  input: {
    session: SessionRow
    login: Login | undefined
    proofs: readonly BrowserProof[]
    who: Who
  },
): Promise<{ authorizeUrl: string; cookie: BrowserProof }> {
  const { session, who } = input
  const { config, random } = ports
  const login = session.login ?? input.login ?? configuredLogins(config)[0]
  const appId = login && appIdOf(config, login)
  if (login === undefined || appId === undefined) throw new AppError('connect/login-not-configured')

  const name = cookieName(config, session.id)
  const value = input.proofs.find((proof) => proof.name === name)?.value
  const cookie = { name, value: value ?? random.bytes(32).toString('base64url') }
  const state = random.bytes(32).toString('base64url')
  const verifier = random.bytes(32).toString('base64url')
  const redirectUri = redirectUriOf(config, login)
  await keepTrip(ports, { session, login, appId, redirectUri, cookie, state, verifier, who })

  const request = {
    redirectUri,
    state,
    scopes: scopesFor(login, session.capabilities),
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
  }
  const authorizeUrl =
    login === 'instagram'
      ? ports.graph.instagramAuthorizeUrl(request)
      : ports.graph.facebookAuthorizeUrl({
          ...request,
          // Facebook shows declined permissions again only when told to.
          rerequest: session.connection_id !== null,
        })
  return { authorizeUrl, cookie }
}

/** Binds the link and writes the trip down: hashes of what travels, the verifier sealed. */
async function keepTrip(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'config'>,
  trip: {
    session: SessionRow
    login: Login
    appId: string
    redirectUri: string
    cookie: BrowserProof
    state: string
    verifier: string
    who: Who
  },
): Promise<void> {
  const { session, login, cookie } = trip
  const { secrets } = ports.config
  const { tenant_id: tenantId } = session
  const now = new Date(ports.clock.now())
  const id = ports.random.uuid(now.getTime())
  const knownHashes = hashSecret(secrets, 'browser', cookie.value)
  const [browserHash] = knownHashes
  const place = sealedAt(id, 'sealed_verifier')
  const sealedVerifier = await ports.vault.sealToken(tenantId, place, new Secret(trip.verifier))

  await ports.db.transaction(async (db) => {
    const bound = await bindSession(db, {
      tenantId,
      id: session.id,
      browserHash,
      knownHashes,
      now,
    })
    if (bound === 0) throw new AppError('connect/link-expired')
    await insertState(db, {
      tenant_id: tenantId,
      id,
      session_id: session.id,
      state_hash: hashSecret(secrets, 'state', trip.state)[0],
      login,
      app_id: trip.appId,
      redirect_uri: trip.redirectUri,
      cookie_name: cookie.name,
      browser_hash: browserHash,
      sealed_verifier: sealedVerifier,
      created_at: now,
      expires_at: new Date(now.getTime() + STATE_MS),
    })
    await recordAudit(db, now, {
      ...trip.who,
      action: 'connect.started',
      tenantId,
      subjectId: session.id,
      detail: { login },
    })
  })
}

/** Two paths on purpose: an answer of one login never reaches the other's exchange. */
export function redirectUriOf(config: Pick<Config, 'url'>, login: Login): string {
  return `${config.url}/oauth/${login}/callback`
}

export function appIdOf(
  config: Pick<Config, 'instagramApp' | 'facebookApp'>,
  login: Login,
): string | undefined {
  return login === 'instagram' ? config.instagramApp?.id : config.facebookApp?.id
}
