import type { AlertKind, AlertSeverity } from '@parley/contract/alert.ts'

/** One row of `alerts`. */
export type AlertRow = {
  readonly tenant_id: string | null
  readonly id: string
  readonly kind: AlertKind
  readonly severity: AlertSeverity
  readonly connection_id: string | null
  readonly cause: string
  readonly level: number
  readonly detail: AlertDetail
  readonly opened_at: Date
  readonly resolved_at: Date | null
}

/** Ids and public names only: what the sentence is made of. */
type AlertDetail = {
  /** `@username`, else the account's id. */
  readonly account?: string
  readonly reason?: string
  /** ISO 8601. */
  readonly endsAt?: string
  readonly since?: string
}

/** Something that is wrong now. The same cause is open once, however often it is found. */
export type Trouble = {
  readonly tenantId: string | null
  readonly kind: AlertKind
  readonly severity: AlertSeverity
  readonly connectionId: string | null
  readonly cause: string
  /** A higher one than before is told again. */
  readonly level?: number
  readonly detail: AlertDetail
}
