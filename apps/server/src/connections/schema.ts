import type { SelfTest } from '@parley/contract/connection.ts'
import type { Capability } from '@parley/instagram/scopes.ts'

/** One row of `connections`; its status is what was last written down, `describeConnection` tells what holds now. */
export type ConnectionRow = {
  readonly tenant_id: string
  readonly id: string
  readonly account_id: string
  readonly app_scoped_id: string | null
  readonly status: 'pending' | 'active' | 'needs_reauth' | 'revoked' | 'disconnected'
  readonly reason: string | null
  readonly checked_at: Date | null
  readonly username: string | null
  readonly name: string | null
  readonly picture_url: string | null
  readonly account_type: string | null
  readonly asked_capabilities: Capability[]
  readonly webhook_subscribed: boolean
  readonly webhook_fields: string[]
  readonly webhook_checked_at: Date | null
  readonly self_test: SelfTest | null
  readonly connected_at: Date | null
  readonly last_event_at: Date | null
  readonly last_message_at: Date | null
  readonly created_at: Date
}

/** Who the account is, as Meta told it. */
export type AccountIdentity = {
  readonly accountId: string
  readonly appScopedId: string | undefined
  readonly username: string | undefined
  readonly name: string | undefined
  readonly pictureUrl: string | undefined
  readonly type: string | undefined
}

/** What Meta answered when asked what it will deliver. */
export type SubscriptionFacts = {
  readonly isSubscribed: boolean
  readonly fields: readonly string[]
  readonly checkedAt: Date
}

/** One that holds no token any more, and must not be given one again by an older copy. */
export type EndedConnection = {
  readonly tenant_id: string
  readonly id: string
  readonly status: 'disconnected' | 'revoked'
  readonly reason: string | null
}
