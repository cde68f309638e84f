import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import { sealContent } from './message-content.ts'
import type { IncomingLine } from './schema.ts'
import { insertConversations, lockConversationsOf } from './store-conversations.ts'
import type { Whom } from './store-conversations.ts'
import { insertLines } from './store-messages.ts'
import type { NewLine } from './store-messages.ts'

/** How long the automation keeps quiet after somebody of the business wrote in the Instagram app. */
const PAUSE_AFTER_HUMAN_MS = 12 * 60 * 60 * 1000

/** The statement compares its lines with each other. */
const LINES_PER_STATEMENT = 250

export type ReceivedLine = { readonly conversationId: string; readonly isNew: boolean }

/**
 * Stores lines of any number of conversations in the caller's transaction: each once, whatever is delivered how often.
 * A new answerable line waits for its answer and wakes the lane; a person of the business speaking pauses it.
 *
 * @returns one result per line, in their order.
 */
export async function receiveLines(
  ports: Pick<Ports, 'clock' | 'random' | 'vault'>,
  db: Queryable,
  lines: readonly IncomingLine[],
): Promise<ReceivedLine[]> {
  if (lines.length === 0) return []
  const nowMs = ports.clock.now()
  const conversations = await findOrMakeConversations(ports, db, lines)

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
  const distinct = once(rows)
  const made: { connection_id: string; mid: string }[] = []
  for (let from = 0; from < distinct.length; from += LINES_PER_STATEMENT) {
    const some = distinct.slice(from, from + LINES_PER_STATEMENT)
    made.push(
      ...(await insertLines(db, some, new Date(nowMs), new Date(nowMs + PAUSE_AFTER_HUMAN_MS))),
    )
  }

  const isNew = new Set(made.map((row) => `${row.connection_id} ${row.mid}`))
  return rows.map((row) => ({
    conversationId: row.conversation,
    // The first of two equal lines in one batch is the new one.
    isNew: isNew.delete(`${row.connection} ${row.mid}`),
  }))
}

/** Finds the conversations of these people, makes those that are missing, and locks them all in one order. */
export async function findOrMakeConversations(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  whom: readonly Whom[],
): Promise<Map<string, string>> {
  const wanted = new Map(whom.map((one) => [keyOf(one), one]))
  const found = new Map<string, string>()
  const look = async (people: readonly Whom[]): Promise<void> => {
    for (const row of await lockConversationsOf(db, people)) {
      found.set(`${row.connection_id} ${row.igsid}`, row.id)
    }
  }
  await look([...wanted.values()])
  const missing = [...wanted].filter(([key]) => !found.has(key)).map(([, one]) => one)
  if (missing.length > 0) {
    const nowMs = ports.clock.now()
    const rows = missing.map((one) => ({
      tenantId: one.tenantId,
      connectionId: one.connectionId,
      igsid: one.igsid,
      id: ports.random.uuid(nowMs),
    }))
    await insertConversations(db, rows, new Date(nowMs))
    await look(missing)
  }
  return found
}

export function conversationOf(found: ReadonlyMap<string, string>, whom: Whom): string {
  const id = found.get(keyOf(whom))
  if (id === undefined) throw new Error('a conversation that was just made is missing')
  return id
}

const keyOf = (whom: Whom): string => `${whom.connectionId} ${whom.igsid}`

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
