import type { Alert, AlertKind, AlertSeverity } from '@parley/contract/alert.ts'

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

/** A sentence and one next step. */
export type AlertWords = Pick<Alert, 'message' | 'hint'>

/** Ids and public names only: what the sentence is made of. */
export type AlertDetail = {
  /** `@username`, else the account's id. */
  readonly account?: string
  readonly reason?: string
  /** ISO 8601. */
  readonly endsAt?: string
  readonly since?: string
  /** How many, of how many; or percent. */
  readonly count?: number
  readonly total?: number
  /** What is usual, or what is allowed. */
  readonly usual?: number
  /** Of Meta's API. */
  readonly version?: string
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

/** What one look at the facts of a kind found. */
export type Watched = {
  readonly kind: AlertKind
  /** What is wrong enough to be told. */
  readonly troubles: readonly Trouble[]
  /** Causes that are not over yet when they are open, and not bad enough to be opened. */
  readonly lingering: ReadonlySet<string>
  /** The setting says never: what was open ends without a word, for nothing is known of it. */
  readonly isOff: boolean
}
