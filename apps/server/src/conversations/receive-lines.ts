import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import { conversationOf, holdConversations } from './hold-conversations.ts'
import type { Held } from './hold-conversations.ts'
import { openContent, sealContent, withEarlierText } from './message-content.ts'
import type { IncomingLine } from './schema.ts'
import { insertLines, replaceContent } from './store-messages.ts'
import type { MadeLine, NewLine } from './store-messages.ts'

/** How long the automation keeps quiet after somebody of the business wrote in the Instagram app. */
const PAUSE_AFTER_HUMAN_MS = 12 * 60 * 60 * 1000

/** The statement compares its lines with each other. */
const LINES_PER_STATEMENT = 250

export type ReceivedLine = { readonly conversationId: string; readonly isNew: boolean }

/**
 * Stores lines of any number of conversations in the caller's transaction: each once, whatever is delivered how often.
 * A new answerable line waits for its answer and wakes the lane; a person of the business speaking pauses it, and has
 * dealt with what waited.
 *
 * @param held the conversations the transaction holds, when it is about more than these lines.
 * @returns one result per line, in their order.
 */
export async function receiveLines(
  ports: Pick<Ports, 'clock' | 'random' | 'vault'>,
  db: Queryable,
  lines: readonly IncomingLine[],
  held?: Held,
): Promise<ReceivedLine[]> {
  if (lines.length === 0) return []
  const conversations =
    held ?? (await holdConversations(ports, db, { needed: lines, named: [], mids: [] }))
  const nowMs = ports.clock.now()

  const rows: NewLine[] = []
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
      answerable: line.answerable,
      opens: line.opensWindow,
      pauses: line.pauses,
    })
  }
  const distinct = byConversation(once(rows))
  const made: MadeLine[] = []
  for (let from = 0; from < distinct.length; from += LINES_PER_STATEMENT) {
    const some = distinct.slice(from, from + LINES_PER_STATEMENT)
    made.push(
      ...(await insertLines(db, some, new Date(nowMs), new Date(nowMs + PAUSE_AFTER_HUMAN_MS))),
    )
  }

  for (const one of made) {
    const isIt = (row: NewLine): boolean =>
      row.mid === one.mid && row.connection === one.connection_id
    if (one.early !== null) await mergeEarlyEdit(ports, db, one, lines[rows.findIndex(isIt)])
  }
  const isNew = new Set(made.map((row) => `${row.connection_id} ${row.mid}`))
  return rows.map((row) => ({
    conversationId: row.conversation,
    // The first of two equal lines in one batch is the new one.
    isNew: isNew.delete(`${row.connection} ${row.mid}`),
  }))
}

/** The lines in the order of their conversations, each conversation's in theirs: lanes are touched in one order. */
function byConversation(rows: readonly NewLine[]): NewLine[] {
  return rows.toSorted((a, b) =>
    a.conversation < b.conversation ? -1 : Number(a.conversation > b.conversation),
  )
}

/** A line that comes after its edit has the edit's text, and everything else of its own. */
async function mergeEarlyEdit(
  ports: Pick<Ports, 'vault'>,
  db: Queryable,
  made: MadeLine,
  line: IncomingLine | undefined,
): Promise<void> {
  if (made.early === null || line === undefined) return
  const sealer = await ports.vault.tenant(made.tenant_id)
  const early = openContent(sealer, made.id, made.early)
  const content = withEarlierText({ ...line.content, ...early }, line.content.text)
  await replaceContent(db, made, sealContent(sealer, made.id, content))
}

/** One statement may touch a row once: of equal lines in a batch the first is inserted. */
function once(rows: readonly NewLine[]): NewLine[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    const key = `${row.connection} ${row.mid}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
