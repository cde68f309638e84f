import type { Queryable } from '#ports/database.ts'
import type { ConnectionKey, IncomingLine } from './schema.ts'

/** A line that is stored now, and was not before. */
export type FreshLine = {
  readonly conversationId: string
  readonly messageId: string
  readonly line: IncomingLine
}

/**
 * The answers of one transaction that stores lines: those that need not wait are decided and written in it. Each
 * conversation is answered with all of its new lines, or not at all; what is answered is written here, for the conversation too.
 */
export type AnswersAtOnce = {
  /** Looks which of these locked conversations can be answered, while their lines are being stored. */
  look(
    db: Queryable,
    conversations: readonly (ConnectionKey & { readonly conversationId: string })[],
  ): Promise<void>
  /** Decides, and begins to write; call it after every look. Returns the conversations it answers. */
  answer(db: Queryable, lines: readonly FreshLine[]): Promise<ReadonlySet<string>>
  /** Resolves when everything is written; before the commit. */
  written(): Promise<void>
  readonly answered: ReadonlySet<string>
  /** Call it when the transaction is committed: what was answered is sent. */
  depart(): void
}
