import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'

/** Who asked: Meta for an account, the host for a tenant or a person. `test`: Meta's dashboard, for nobody. */
export type ErasureKind = 'account' | 'tenant' | 'person' | 'test'

/** One row of `data_deletions`. */
export type ErasureRow = {
  readonly id: string
  readonly code: string
  readonly kind: ErasureKind
  readonly tenant_id: string | null
  readonly subject_id: string | null
  readonly requested_at: Date
  readonly finished_at: Date | null
}

/** One row of `data_deletion_steps`. */
export type StepRow = {
  readonly n: number
  readonly tenant_id: string
  readonly connection_id: string | null
  readonly conversation_id: string | null
  readonly store: string
  readonly position: string | null
  readonly deleted: number
  readonly done_at: Date | null
}

/** A kind of data and how a batch of it is erased. It may run twice for the same batch. */
export type Store = {
  /** For people, on the status page. */
  readonly title: string
  /** Tables it empties, so that a test can tell whether one was forgotten. */
  readonly tables: readonly string[]
  readonly forget: (
    ports: Pick<Ports, 'vault'>,
    db: Queryable,
    scope: ForgetScope & { readonly requestedAt: Date },
    from: string | null,
  ) => Promise<Forgotten>
}

/** Who asked, for the audit log. */
export type Who = {
  readonly actor: string
  readonly requestId: string
  readonly address: string
}

/** Everything that was asked to be erased, as JSON of whole rows. */
export type KeptErasures = {
  readonly erasures: string
  readonly steps: string
  /** Signed requests that acted. */
  readonly requests: string
}
