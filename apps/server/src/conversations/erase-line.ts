import type { Ports } from '#ports/ports.ts'
import { UnsealError } from '#ports/cipher.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { conversationOf } from './hold-conversations.ts'
import type { Held } from './hold-conversations.ts'
import { openContent } from './message-content.ts'
import type { ConnectionKey, MessageRow } from './schema.ts'
import { wakeLane } from './store-lanes.ts'
import { eraseMessage, insertForerunner, isBeingAnswered, lockMessage } from './store-messages.ts'

type Erased = {
  readonly conversationId: string
  readonly isNew: boolean
  /** What it said, in every form anybody may have noted: to be erased there, too. */
  readonly said: readonly string[]
}

/**
 * A line was unsent: what it said is erased. A line that is not answered out yet stops its answer.
 * When the unsend comes before the line, a tombstone waits for it, if the event says whose it is.
 *
 * @param held the conversation of the person, if the unsend names one.
 */
export async function eraseLine(
  ports: Pick<Ports, 'clock' | 'random' | 'vault'>,
  db: Queryable,
  held: Held,
  unsend: ConnectionKey & {
    readonly mid: string
    readonly igsid: string | undefined
    readonly isEcho: boolean
    readonly atMs: number
  },
): Promise<Erased | undefined> {
  const at = new Date(unsend.atMs)
  const message = await lockMessage(db, unsend)
  if (message === undefined) {
    if (unsend.igsid === undefined) return undefined
    const conversationId = conversationOf(held, { ...unsend, igsid: unsend.igsid })
    await insertForerunner(db, {
      tenantId: unsend.tenantId,
      id: ports.random.uuid(ports.clock.now()),
      connectionId: unsend.connectionId,
      conversationId,
      mid: unsend.mid,
      kind: 'unsent',
      isEcho: unsend.isEcho,
      sealed: null,
      numEdit: 0,
      at,
    })
    return { conversationId, isNew: true, said: [] }
  }
  const conversationId = message.conversation_id
  if (message.deleted_at !== null) return { conversationId, isNew: false, said: [] }

  const said = await saidBy(ports, message)
  const waited = await eraseMessage(db, message, at)
  if (waited || (await isBeingAnswered(db, message))) {
    await db.run(sql`
      update conversations set stop_epoch = stop_epoch + 1
      where tenant_id = ${message.tenant_id} and id = ${conversationId}`)
    await wakeLane(db, {
      tenantId: unsend.tenantId,
      connectionId: unsend.connectionId,
      conversationId,
    })
  }
  return { conversationId, isNew: true, said }
}

async function saidBy(
  ports: Pick<Ports, 'vault'>,
  message: MessageRow,
): Promise<readonly string[]> {
  if (message.sealed === null || message.direction === 'outbound') return []
  try {
    const sealer = await ports.vault.tenant(message.tenant_id)
    const { text, quickReply, before } = openContent(sealer, message.id, message.sealed)
    const said = [text, quickReply?.payload, ...(before ?? [])]
    return said.filter((one) => one !== undefined && one !== '') as string[]
  } catch (error) {
    // Nobody could have noted what nobody can read; it is erased all the same.
    if (error instanceof UnsealError) return []
    throw error
  }
}
