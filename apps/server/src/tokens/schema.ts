import type { Capability } from '@parley/instagram/scopes.ts'
import type { Login } from '@parley/instagram/login.ts'
import type { Secret } from '@parley/instagram/secret.ts'

export type GrantStatus = 'pending' | 'active' | 'needs_reauth' | 'revoked' | 'disconnected'
/** `never`: page tokens. `unknown`: Meta told no date. */
export type Expiry = 'known' | 'never' | 'unknown'

/** One row of `grants`. */
export type GrantRow = {
  readonly tenant_id: string
  readonly id: string
  readonly connection_id: string
  readonly login: Login
  readonly status: GrantStatus
  readonly reason: string | null
  readonly app_id: string
  readonly sealed_token: string | null
  readonly sealed_user_token: string | null
  readonly short_lived: boolean
  readonly token_user_id: string | null
  readonly page_id: string | null
  readonly scopes: string[]
  readonly declined_scopes: string[]
  readonly asked_capabilities: Capability[]
  readonly issued_at: Date
  readonly refreshed_at: Date | null
  readonly next_refresh_at: Date | null
  readonly expires_at: Date | null
  readonly expiry: Expiry
  readonly data_access_expires_at: Date | null
  readonly checked_at: Date | null
  readonly blocks: CapabilityBlocks
  readonly confirmation: 'return' | 'host' | null
  readonly confirm_hash: string | null
  readonly confirm_until: Date | null
  readonly candidate_until: Date | null
  readonly created_at: Date
}

/** A live grant held by one worker. `fence` is checked when its result is written: a late worker's write is refused. */
export type LeasedGrant = GrantRow & {
  readonly fence: number
  /** Refreshes and checks that failed since the last one that did not. */
  readonly failures: number
  readonly next_check_at: Date | null
  /** What the last failure was. */
  readonly failure: { readonly class: string } | null
}

/** What Meta refused although the scope is there; `at` in ISO 8601. */
export type CapabilityBlocks = Readonly<
  Partial<Record<Capability, { readonly reason: string; readonly at: string }>>
>

/** A credential as Meta gave it, before it is sealed. */
export type Credential = {
  readonly login: Login
  readonly appId: string
  readonly token: Secret
  /** Facebook: the user token the page token came from. */
  readonly userToken: Secret | undefined
  /** The one-hour token is in hand, the long exchange is still to come. */
  readonly isShortLived: boolean
  readonly tokenUserId: string | undefined
  readonly pageId: string | undefined
  readonly scopes: readonly string[]
  readonly declinedScopes: readonly string[]
  readonly expiry: Expiry
  readonly expiresAtMs: number | undefined
  readonly dataAccessExpiresAtMs: number | undefined
}

/** What a slice needs to call Meta for a connection. Lives in memory only, at most 60 s. */
export type UsableGrant = {
  readonly tenantId: string
  readonly connectionId: string
  readonly grantId: string
  readonly login: Login
  readonly token: Secret
  /** Who acts: the account with `instagram`, the page with `facebook`. */
  readonly nodeId: string
  readonly accountId: string
  readonly appId: string
  /** Facebook: the person whose login it is; their pages live and die together. */
  readonly personId: string | null
  /** The sealed value it came from: a loss is that one's, not of a token renewed meanwhile. */
  readonly sealed: string
  /** By the monotonic clock. */
  readonly fetchedAtMs: number
}

/** Who does it, for the audit log. */
export type Who = {
  readonly actor: string
  readonly address: string | null
  readonly requestId: string | null
}

/** Where a grant's token lives; authenticated, so a copied value does not open. */
export const tokenPlace = (grantId: string) => ({
  table: 'grants',
  row: grantId,
  column: 'sealed_token',
})
export const userTokenPlace = (grantId: string) => ({
  table: 'grants',
  row: grantId,
  column: 'sealed_user_token',
})
