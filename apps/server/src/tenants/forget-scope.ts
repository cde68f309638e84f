/** Whose rows are to be forgotten: a whole tenant's, one connection's, or one conversation's. */
export type ForgetScope = {
  readonly tenantId: string
  /** Null: of every connection. */
  readonly connectionId: string | null
  /** Null: of every conversation. */
  readonly conversationId: string | null
}

/** One batch: how many rows went, and where the next begins; null: nothing is left to look at. */
export type Forgotten = { readonly deleted: number; readonly next: string | null }

/** Before every id. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/** The least id made at a moment: ids begin with the time of their making, so an index on them ends there. */
export function firstIdAt(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/** What a walk along ids found: it ends with a batch that was not full. */
export function forgottenOf(
  walked: { readonly deleted: number; readonly seen: number; readonly last: string | null },
  batchMax: number,
): Forgotten {
  return { deleted: walked.deleted, next: walked.seen < batchMax ? null : walked.last }
}
