import type { ErrorCode } from '@parley/contract/errors.ts'
import type { Login } from '@parley/instagram/login.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import type { AccountIdentity } from '#connections/schema.ts'
import type { Queryable } from '#ports/database.ts'
import type { Credential } from '#tokens/schema.ts'

/** One row of `connect_sessions`. */
export type SessionRow = {
  readonly tenant_id: string
  readonly id: string
  readonly link_hash: string
  readonly login: Login | null
  readonly return_url: string | null
  readonly connection_id: string | null
  readonly account_id: string | null
  readonly page_id: string | null
  readonly capabilities: Capability[]
  readonly confirmation: 'none' | 'return' | 'host'
  readonly direct: boolean
  readonly created_by: string
  readonly browser_hash: string | null
  readonly created_at: Date
  readonly expires_at: Date
  readonly used_at: Date | null
  readonly revoked_at: Date | null
}

/** One row of `oauth_states`: a trip to Meta and back. */
export type StateRow = {
  readonly tenant_id: string
  readonly id: string
  readonly session_id: string
  readonly login: Login
  readonly app_id: string
  readonly redirect_uri: string
  readonly cookie_name: string
  readonly browser_hash: string
  readonly sealed_verifier: string | null
  readonly expires_at: Date
  readonly consumed_at: Date | null
  readonly sealed_token: string | null
  readonly found: Found | null
  readonly pick_until: Date | null
  readonly picked_at: Date | null
  readonly connection_id: string | null
  readonly grant_id: string | null
}

/** Why a page cannot be used. */
export type UnfitReason =
  | 'no_instagram_account'
  | 'not_granted'
  | 'messages_task_missing'
  | 'no_page_role'

export type Choice = {
  readonly pageId: string
  readonly pageName: string
  readonly accountId: string | null
  readonly username: string | null
  readonly name: string | null
  readonly pictureUrl: string | null
  readonly unfit: UnfitReason | null
}

/** What a Facebook login found: kept while the person chooses. Holds no token. */
export type Found = {
  readonly choices: readonly Choice[]
  readonly userId: string | null
  readonly scopes: readonly string[]
  readonly dataAccessExpiresAtMs: number | null
  readonly isShortLived: boolean
  readonly userTokenExpiresAtMs: number | null
}

/** A proven credential and the account it speaks for. */
export type Identified = { readonly credential: Credential; readonly identity: AccountIdentity }

/** A token that somebody brought along, as far as it shows without changing anything at Meta. */
export type LookedAt = {
  readonly accountId: string
  /** Makes it a credential to keep: exchanged, refreshed, its app proven. */
  readonly take: (
    asked: readonly Capability[],
  ) => Promise<{ readonly status: 'kept' | 'exchanged'; readonly identified: Identified }>
}

/** For whom an account is taken on, and how. */
export type Adoption = Pick<
  SessionRow,
  'tenant_id' | 'account_id' | 'capabilities' | 'confirmation'
> & {
  /** Null: no link was opened, a token was imported. */
  readonly id: string | null
}

/** Verbs of higher floors that a connect calls. */
export type ConnectHooks = {
  /** In the transaction in which an account is connected to a tenant for the first time. */
  readonly onFirstConnect: (
    db: Queryable,
    connection: { tenantId: string; connectionId: string },
  ) => Promise<void>
}

/** Who does it, for the audit log. */
export type Who = {
  readonly actor: string
  readonly address: string | null
  readonly requestId: string | null
}

/** What a browser brought along: cookies whose name is one of ours. */
export type BrowserProof = { readonly name: string; readonly value: string }

/** How a flow ended, as the return address tells it. */
export type Result =
  | { readonly connected: true; readonly connectionId: string; readonly confirm?: string }
  | { readonly connected: false; readonly error: ErrorCode }

export const sealedAt = (stateId: string, column: 'sealed_verifier' | 'sealed_token') => ({
  table: 'oauth_states',
  row: stateId,
  column,
})
