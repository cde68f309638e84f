import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import { conversationOf, holdConversations } from './hold-conversations.ts'
import type { Held } from './hold-conversations.ts'
import { openContent, sealContent, withEarlierText } from './message-content.ts'
import type { ConnectionKey, IncomingLine } from './schema.ts'
import { noteLines } from './store-lines.ts'
import type { NotedLine } from './store-lines.ts'
import { insertLines, replaceContent } from './store-messages.ts'
import type { MadeLine, NewLine } from './store-messages.ts'

/** How long the automation keeps quiet after somebody of the business wrote in the Instagram app. */
const PAUSE_AFTER_HUMAN_MS = 12 * 60 * 60 * 1000

export type ReceivedLine = { readonly conversationId: string; readonly isNew: boolean }

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
  /** Decides, and begins to write. Returns the conversations it answers. */
  answer(db: Queryable, lines: readonly FreshLine[]): Promise<ReadonlySet<string>>
  /** Resolves when everything is written; before the commit. */
  written(): Promise<void>
  readonly answered: ReadonlySet<string>
  /** Call it when the transaction is committed: what was answered is sent. */
  depart(): void
}

type Row = NewLine & { readonly line: IncomingLine }

/**
 * Stores lines of any number of conversations in the caller's transaction: each once, whatever is delivered how often.
 * A new answerable line is answered at once, or waits for its answer and wakes the lane; a person of the business
 * speaking pauses it, and has dealt with what waited.
 *
 * @param held the conversations the transaction holds, when it is about more than these lines.
 * @returns one result per line, in their order.
 */
export async function receiveLines(
  ports: Pick<Ports, 'clock' | 'random' | 'vault'>,
  db: Queryable,
  lines: readonly IncomingLine[],
  held?: Held,
  answers?: AnswersAtOnce,
): Promise<ReceivedLine[]> {
  if (lines.length === 0) return []
  const conversations =
    held ?? (await holdConversations(ports, db, { needed: lines, named: [], mids: [] }))
  const nowMs = ports.clock.now()

  const rows: Row[] = []
  for (const line of lines) {
    const sealer = await ports.vault.tenant(line.tenantId)
    const id = ports.random.uuid(nowMs)
    rows.push({
      tenant: line.tenantId,
      id,
      connection: line.connectionId,
      conversation: conversationOf(conversations, line),
      mid: line.mid,
      direction: line.author === 'person' ? 'inbound' : 'outbound',
      author: line.author,
      kind: line.kind,
      at: line.atMs,
      sealed: sealContent(sealer, id, line.content).toString('base64'),
      line,
    })
  }
  const distinct = once(rows)
  const [made] = await Promise.all([
    insertLines(
      db,
      byConversation(distinct).map(({ line: _, ...row }) => row),
    ),
    answers?.look(
      db,
      distinct
        .filter(({ line }) => line.answerable)
        .map(({ conversation, line }) => {
          return { ...line, conversationId: conversation }
        }),
    ),
  ])
  const madeOf = new Map(made.map((one) => [keyOf(one.connection_id, one.mid), one]))
  const fresh: (Row & { readonly made: MadeLine })[] = []
  for (const row of distinct) {
    const one = madeOf.get(keyOf(row.connection, row.mid))
    if (one !== undefined) fresh.push({ ...row, made: one })
  }
  for (const row of fresh) {
    if (row.made.early !== null) await mergeEarlyEdit(ports, db, row.made, row.line)
  }
  const answered = await answerFresh(db, fresh, answers)
  const noted = fresh.filter((row) => !answered.has(row.conversation))
  if (noted.length > 0) {
    const pausedUntil = new Date(nowMs + PAUSE_AFTER_HUMAN_MS)
    await noteLines(db, byConversation(noted).map(notedLine), new Date(nowMs), pausedUntil)
  }

  return rows.map((row) => ({
    conversationId: row.conversation,
    // The first of two equal lines in one batch is the new one.
    isNew: madeOf.delete(keyOf(row.connection, row.mid)),
  }))
}

/** Only conversations whose lines arrived whole. */
async function answerFresh(
  db: Queryable,
  fresh: readonly (Row & { readonly made: MadeLine })[],
  answers: AnswersAtOnce | undefined,
): Promise<ReadonlySet<string>> {
  if (answers === undefined) return new Set()
  const edited = new Set(
    fresh.filter((row) => row.made.early !== null).map((row) => row.conversation),
  )
  const able = fresh.filter((row) => !edited.has(row.conversation))
  if (!able.some((row) => row.line.answerable)) return new Set()
  return await answers.answer(
    db,
    able.map(({ conversation, made, line }) => {
      return { conversationId: conversation, messageId: made.id, line }
    }),
  )
}

const notedLine = ({
  tenant,
  connection,
  conversation,
  at,
  made,
  line,
}: Row & {
  readonly made: MadeLine
}): NotedLine => ({
  tenant,
  id: made.id,
  connection,
  conversation,
  at,
  seq: made.seq,
  answerable: line.answerable,
  opens: line.opensWindow,
  pauses: line.pauses,
})

const keyOf = (connection: string, mid: string): string => `${connection} ${mid}`

/** The lines in the order of their conversations, each conversation's in theirs: lanes are touched in one order. */
function byConversation<R extends NewLine>(rows: readonly R[]): R[] {
  return rows.toSorted((a, b) =>
    a.conversation < b.conversation ? -1 : Number(a.conversation > b.conversation),
  )
}

/** A line that comes after its edit has the edit's text, and everything else of its own. */
async function mergeEarlyEdit(
  ports: Pick<Ports, 'vault'>,
  db: Queryable,
  made: MadeLine,
  line: IncomingLine,
): Promise<void> {
  if (made.early === null) return
  const sealer = await ports.vault.tenant(made.tenant_id)
  const early = openContent(sealer, made.id, made.early)
  const content = withEarlierText({ ...line.content, ...early }, line.content.text)
  await replaceContent(db, made, sealContent(sealer, made.id, content))
}

/** One statement may touch a row once: of equal lines in a batch the first is inserted. */
function once(rows: readonly Row[]): Row[] {
  const distinct = new Map<string, Row>()
  for (const row of rows) {
    const key = keyOf(row.connection, row.mid)
    if (!distinct.has(key)) distinct.set(key, row)
  }
  return [...distinct.values()]
}
