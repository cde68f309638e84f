import type { Capability } from '@parley/instagram/scopes.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { planRefresh } from './plan-refresh.ts'
import type { Credential, GrantRow } from './schema.ts'
import { tokenPlace, userTokenPlace } from './schema.ts'
import { insertPendingGrant } from './store.ts'

/** How a candidate is confirmed; null when nobody needs to. */
export type Confirmable = {
  readonly confirmation: 'return' | 'host'
  readonly codeHash: string
  readonly codeUntilMs: number
} | null

/** Seals a credential under its tenant's key and keeps it as a pending grant: nothing uses it yet. */
export async function sealGrant(
  ports: Pick<Ports, 'vault' | 'clock' | 'random'>,
  db: Queryable,
  input: {
    tenantId: string
    connectionId: string
    credential: Credential
    asked: readonly Capability[]
    confirmable: Confirmable
    /** Unconfirmed until then, its token is destroyed. Unix time in ms. */
    candidateUntilMs: number
  },
): Promise<GrantRow> {
  const { tenantId, connectionId, credential, confirmable } = input
  const nowMs = ports.clock.now()
  const id = ports.random.uuid(nowMs)
  const nextRefreshAtMs = credential.isShortLived
    ? undefined
    : planRefresh({ connectionId, issuedAtMs: nowMs, ...credential })
  return await insertPendingGrant(db, {
    tenant_id: tenantId,
    id,
    connection_id: connectionId,
    login: credential.login,
    app_id: credential.appId,
    sealed_token: await ports.vault.sealToken(tenantId, tokenPlace(id), credential.token),
    sealed_user_token:
      credential.userToken === undefined
        ? null
        : await ports.vault.sealToken(tenantId, userTokenPlace(id), credential.userToken),
    short_lived: credential.isShortLived,
    token_user_id: credential.tokenUserId ?? null,
    page_id: credential.pageId ?? null,
    scopes: [...credential.scopes],
    declined_scopes: [...credential.declinedScopes],
    asked_capabilities: [...input.asked],
    issued_at: new Date(nowMs),
    next_refresh_at: dateOf(nextRefreshAtMs),
    expires_at: dateOf(credential.expiresAtMs),
    expiry: credential.expiry,
    data_access_expires_at: dateOf(credential.dataAccessExpiresAtMs),
    confirmation: confirmable?.confirmation ?? null,
    confirm_hash: confirmable?.codeHash ?? null,
    confirm_until: dateOf(confirmable?.codeUntilMs),
    candidate_until: new Date(input.candidateUntilMs),
    created_at: new Date(nowMs),
  })
}

const dateOf = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms))
