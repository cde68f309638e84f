import { recordHostEvent } from '#host-events/record-host-event.ts'
import { wantsHostEvent } from '#host-events/wants-host-event.ts'
import type { HostEventFact, HostEventPorts } from '#host-events/schema.ts'
import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import type { AnswersAtOnce } from './answers-at-once.ts'
import { conversationOf, holdConversations } from './hold-conversations.ts'
import type { Held } from './hold-conversations.ts'
import { openContent, sealContent, withEarlierText } from './message-content.ts'
import type { IncomingLine } from './schema.ts'
import { noteLines } from './store-lines.ts'
import { insertLines, replaceContent } from './store-messages.ts'
import type { MadeLine, NewLine } from './store-messages.ts'

/** How long the automation keeps quiet after somebody of the business wrote in the Instagram app. */
const PAUSE_AFTER_HUMAN_MS = 12 * 60 * 60 * 1000

export type ReceivedLine = { readonly conversationId: string; readonly isNew: boolean }

/** A line with its row to be. */
type Received = { readonly line: IncomingLine; readonly row: NewLine }
/** One that was not there before. */
type Fresh = Received & { readonly made: MadeLine }

/**
 * Stores lines of any number of conversations in the caller's transaction: each once, whatever is delivered how often.
 * A new answerable line is answered at once, or waits for its answer and wakes the lane; a person of the business
 * speaking pauses it, and has dealt with what waited.
 *
 * @param held the conversations the transaction holds, when it is about more than these lines.
 * @param answers left out where every line is to wait.
 * @returns one result per line, in their order.
 */
export async function receiveLines(
  ports: HostEventPorts,
  db: Queryable,
  lines: readonly IncomingLine[],
  held?: Held,
  answers?: AnswersAtOnce,
): Promise<ReceivedLine[]> {
  if (lines.length === 0) return []
  const conversations =
    held ?? (await holdConversations(ports, db, { needed: lines, named: [], mids: [] }))
  const nowMs = ports.clock.now()

  const received = await Promise.all(
    lines.map(async (line): Promise<Received> => {
      const sealer = await ports.vault.tenant(line.tenantId)
      const id = ports.random.uuid(nowMs)
      const row: NewLine = {
        tenant: line.tenantId,
        id,
        connection: line.connectionId,
        conversation: conversationOf(conversations, line),
        mid: line.mid,
        direction: line.author === 'person' ? 'inbound' : 'outbound',
        author: line.author,
        kind: line.kind,
        at: line.atMs,
        sealed: sealContent(sealer, id, line.content),
      }
      return { line, row }
    }),
  )
  const distinct = byConversation(once(received))
  const [made] = await Promise.all([
    insertLines(
      db,
      distinct.map(({ row }) => row),
    ),
    answers?.look(db, distinct.filter(({ line }) => line.answerable).map(conversationKey)),
  ])
  const madeOf = new Map(made.map((one) => [keyOf(one.connection_id, one.mid), one]))
  const fresh = distinct.flatMap((one): Fresh[] => {
    const row = madeOf.get(keyOf(one.row.connection, one.row.mid))
    return row === undefined ? [] : [{ ...one, made: row }]
  })
  for (const one of fresh) {
    if (one.made.early !== null) await mergeEarlyEdit(ports, db, one)
  }
  await tellOfLines(ports, db, fresh)
  const answered = await answerFresh(db, fresh, answers)
  const waiting = fresh.filter(({ row }) => !answered.has(row.conversation))
  if (waiting.length > 0) {
    const notes = waiting.map(({ line, row, made: { id, seq } }) => {
      const { tenant, connection, conversation, at } = row
      const { answerable, opensWindow: opens, pauses } = line
      return { tenant, connection, conversation, at, id, seq, answerable, opens, pauses }
    })
    await noteLines(db, notes, new Date(nowMs), new Date(nowMs + PAUSE_AFTER_HUMAN_MS))
  }

  return received.map(({ row }) => ({
    conversationId: row.conversation,
    // The first of two equal lines in one batch is the new one.
    isNew: madeOf.delete(keyOf(row.connection, row.mid)),
  }))
}

/** A person’s line has come in, one written in the Instagram app has gone out. */
const typeOf = ({ author }: IncomingLine) =>
  author === 'person' ? 'message.received' : 'message.sent'

/** Costs nothing where no host wants to know: every line comes by here. */
async function tellOfLines(
  ports: HostEventPorts,
  db: Queryable,
  fresh: readonly Fresh[],
): Promise<void> {
  const wanted = fresh.filter(({ line }) => wantsHostEvent(ports, typeOf(line), line.tenantId))
  if (wanted.length > 0) await recordHostEvent(ports, db, wanted.map(eventOf))
}

function eventOf({ line, row, made }: Fresh): HostEventFact {
  const { tenantId, connectionId, igsid, author, kind, atMs, mid } = line
  const data = {
    conversationId: row.conversation,
    messageId: made.id,
    mid,
    author,
    kind,
    at: new Date(atMs).toISOString(),
    person: { igsid },
  }
  return { type: typeOf(line), tenantId, connectionId, data }
}

/** Only conversations whose lines arrived whole. */
async function answerFresh(
  db: Queryable,
  fresh: readonly Fresh[],
  answers: AnswersAtOnce | undefined,
): Promise<ReadonlySet<string>> {
  if (answers === undefined) return new Set()
  const edited = new Set(
    fresh.filter(({ made }) => made.early !== null).map(({ row }) => row.conversation),
  )
  const whole = fresh.filter(({ row }) => !edited.has(row.conversation))
  return await answers.answer(
    db,
    whole.map(({ line, row, made }) => {
      return { line, conversationId: row.conversation, messageId: made.id }
    }),
  )
}

const conversationKey = ({ row }: Received) => ({
  tenantId: row.tenant,
  connectionId: row.connection,
  conversationId: row.conversation,
})

const keyOf = (connection: string, mid: string): string => `${connection} ${mid}`

/** The lines in the order of their conversations, each conversation's in theirs: lanes are touched in one order. */
function byConversation(received: readonly Received[]): Received[] {
  return received.toSorted(({ row: a }, { row: b }) =>
    a.conversation < b.conversation ? -1 : Number(a.conversation > b.conversation),
  )
}

/** A line that comes after its edit has the edit's text, and everything else of its own. */
async function mergeEarlyEdit(
  ports: Pick<Ports, 'vault'>,
  db: Queryable,
  { made, line }: Fresh,
): Promise<void> {
  if (made.early === null) return
  const sealer = await ports.vault.tenant(made.tenant_id)
  const early = openContent(sealer, made.id, made.early)
  const content = withEarlierText({ ...line.content, ...early }, line.content.text)
  await replaceContent(db, made, sealContent(sealer, made.id, content))
}

/** One statement may touch a row once: of equal lines in a batch the first is inserted. */
function once(received: readonly Received[]): Received[] {
  const distinct = new Map<string, Received>()
  for (const one of received) {
    const key = keyOf(one.row.connection, one.row.mid)
    if (!distinct.has(key)) distinct.set(key, one)
  }
  return [...distinct.values()]
}
