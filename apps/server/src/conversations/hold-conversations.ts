import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import { insertConversations, lockConversationsOf } from './store-conversations.ts'
import type { Whom } from './store-conversations.ts'
import type { MidKey } from './store-messages.ts'

export type { Whom } from './store-conversations.ts'

/** What a transaction is going to be about. */
export type Concerned = {
  /** Their conversation is made when there is none. */
  readonly needed: readonly Whom[]
  /** Their conversation matters if there is one. */
  readonly named: readonly Whom[]
  /** Messages of events that name nobody: their conversation matters if the message is known. */
  readonly mids: readonly MidKey[]
}

/** Conversations locked by this transaction, by `keyOf` their person. */
export type Held = ReadonlyMap<string, string>

/**
 * Locks every conversation a transaction will touch, once, in the order of their ids, and makes those it needs: two
 * batches never wait for each other in a ring. Whatever comes later in the transaction locks no other one; and a line
 * another transaction is just storing is waited for here, so that what refers to it finds it.
 */
export async function holdConversations(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  concerned: Concerned,
): Promise<Held> {
  const needed = new Map(concerned.needed.map((one) => [keyOf(one), one]))
  const people = new Map([...concerned.named.map((one) => [keyOf(one), one] as const), ...needed])
  const held = new Map<string, string>()
  const lock = async (whom: readonly Whom[], mids: readonly MidKey[]): Promise<void> => {
    if (whom.length === 0 && mids.length === 0) return
    for (const row of await lockConversationsOf(db, whom, mids)) {
      held.set(`${row.connection_id} ${row.igsid}`, row.id)
    }
  }
  await lock([...people.values()], concerned.mids)
  const missing = [...needed].filter(([key]) => !held.has(key)).map(([, one]) => one)
  if (missing.length > 0) {
    const nowMs = ports.clock.now()
    const rows = missing.map((one) => ({
      tenantId: one.tenantId,
      connectionId: one.connectionId,
      igsid: one.igsid,
      id: ports.random.uuid(nowMs),
    }))
    await insertConversations(db, rows, new Date(nowMs))
    await lock(missing, [])
  }
  return held
}

/** The conversation of somebody the transaction said it needs. */
export function conversationOf(held: Held, whom: Whom): string {
  const id = held.get(keyOf(whom))
  if (id === undefined) throw new Error('a conversation that is needed was not locked')
  return id
}

const keyOf = (whom: Whom): string => `${whom.connectionId} ${whom.igsid}`
