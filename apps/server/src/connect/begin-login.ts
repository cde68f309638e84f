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
export const STATE_MS = 10 * 60 * 1000

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

  const nowMs = ports.clock.now()
  const name = cookieName(config, session.id)
  const value = input.proofs.find((proof) => proof.name === name)?.value
  const cookie = { name, value: value ?? random.bytes(32).toString('base64url') }
  const browserHashes = hashSecret(config.secrets, 'browser', cookie.value)
  const state = random.bytes(32).toString('base64url')
  const verifier = random.bytes(32).toString('base64url')
  const id = random.uuid(nowMs)
  const redirectUri = redirectUriOf(config, login)
  const sealedVerifier = await ports.vault.sealToken(
    session.tenant_id,
    sealedAt(id, 'sealed_verifier'),
    new Secret(verifier),
  )

  await ports.db.transaction(async (db) => {
    const now = new Date(nowMs)
    const bound = await bindSession(db, {
      tenantId: session.tenant_id,
      id: session.id,
      browserHash: browserHashes[0],
      knownHashes: browserHashes,
      now,
    })
    if (bound === 0) throw new AppError('connect/link-expired')
    await insertState(db, {
      tenant_id: session.tenant_id,
      id,
      session_id: session.id,
      state_hash: hashSecret(config.secrets, 'state', state)[0],
      login,
      app_id: appId,
      redirect_uri: redirectUri,
      cookie_name: name,
      browser_hash: browserHashes[0],
      sealed_verifier: sealedVerifier,
      created_at: now,
      expires_at: new Date(nowMs + STATE_MS),
    })
    await recordAudit(db, now, {
      ...who,
      action: 'connect.started',
      tenantId: session.tenant_id,
      subjectId: session.id,
      detail: { login },
    })
  })

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
