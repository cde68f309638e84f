import type { Ports } from '#ports/ports.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { conversationOf, findOrMakeConversations } from './receive-lines.ts'
import type { ConnectionKey } from './schema.ts'
import { wakeLane } from './store-lanes.ts'
import { eraseMessage, insertForerunner, isBeingAnswered, lockMessage } from './store-messages.ts'

/**
 * A person unsent a line: what it said is erased. A line that is not answered out yet stops its answer.
 * When the unsend comes before the line, a tombstone waits for it, if the event says whose it is.
 */
export async function eraseLine(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  unsend: ConnectionKey & {
    readonly mid: string
    readonly igsid: string | undefined
    readonly atMs: number
  },
): Promise<{ conversationId: string; isNew: boolean } | undefined> {
  const at = new Date(unsend.atMs)
  const message = await lockMessage(db, unsend)
  if (message === undefined) {
    if (unsend.igsid === undefined) return undefined
    return {
      conversationId: await leaveTombstone(ports, db, { ...unsend, igsid: unsend.igsid }),
      isNew: true,
    }
  }
  if (message.deleted_at !== null) {
    return { conversationId: message.conversation_id, isNew: false }
  }
  const waited = await eraseMessage(db, message, at)
  if (waited || (await isBeingAnswered(db, message))) {
    await db.run(sql`
      update conversations set stop_epoch = stop_epoch + 1
      where tenant_id = ${message.tenant_id} and id = ${message.conversation_id}`)
    await wakeLane(db, {
      tenantId: unsend.tenantId,
      connectionId: unsend.connectionId,
      conversationId: message.conversation_id,
    })
  }
  return { conversationId: message.conversation_id, isNew: true }
}

async function leaveTombstone(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  unsend: ConnectionKey & { readonly mid: string; readonly igsid: string; readonly atMs: number },
): Promise<string> {
  const conversationId = conversationOf(await findOrMakeConversations(ports, db, [unsend]), unsend)
  await insertForerunner(db, {
    tenantId: unsend.tenantId,
    id: ports.random.uuid(ports.clock.now()),
    connectionId: unsend.connectionId,
    conversationId,
    mid: unsend.mid,
    kind: 'unsent',
    sealed: null,
    numEdit: 0,
    at: new Date(unsend.atMs),
  })
  return conversationId
}
