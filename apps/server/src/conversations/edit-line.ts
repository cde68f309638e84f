import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import { conversationOf } from './hold-conversations.ts'
import type { Held } from './hold-conversations.ts'
import { EARLIER_TEXTS_MAX, openContent, sealContent } from './message-content.ts'
import type { ConnectionKey } from './schema.ts'
import { wakeLane } from './store-lanes.ts'
import { insertForerunner, lockMessage, markEdited, overtakeAnswer } from './store-messages.ts'

/**
 * A person changed a line. Before its answer has left, the new text is what gets answered; later it is only shown.
 * Edits fold by their number, so a late one changes nothing; one that comes before its line waits for it.
 *
 * @param held the conversation of the person, if the edit names one.
 */
export async function editLine(
  ports: Pick<Ports, 'clock' | 'random' | 'vault'>,
  db: Queryable,
  held: Held,
  edit: ConnectionKey & {
    readonly mid: string
    readonly igsid: string | undefined
    readonly text: string
    readonly numEdit: number
    readonly atMs: number
  },
): Promise<{ conversationId: string; isNew: boolean } | undefined> {
  const at = new Date(edit.atMs)
  const sealer = await ports.vault.tenant(edit.tenantId)
  const message = await lockMessage(db, edit)
  if (message === undefined) {
    if (edit.igsid === undefined) return undefined
    const conversationId = conversationOf(held, { ...edit, igsid: edit.igsid })
    const id = ports.random.uuid(ports.clock.now())
    await insertForerunner(db, {
      tenantId: edit.tenantId,
      id,
      connectionId: edit.connectionId,
      conversationId,
      mid: edit.mid,
      kind: 'edited_early',
      isEcho: false,
      sealed: sealContent(sealer, id, { text: edit.text }),
      numEdit: edit.numEdit,
      at,
    })
    return { conversationId, isNew: true }
  }
  const known = { conversationId: message.conversation_id, isNew: false }
  if (message.deleted_at !== null || message.sealed === null) return known
  if (edit.numEdit <= message.num_edit) return known

  const content = openContent(sealer, message.id, message.sealed)
  const before = [...(content.before ?? []), content.text ?? ''].slice(-EARLIER_TEXTS_MAX)
  const sealed = sealContent(sealer, message.id, { ...content, text: edit.text, before })
  await markEdited(db, message, { sealed, numEdit: edit.numEdit, at })
  if (await overtakeAnswer(db, message)) {
    await wakeLane(db, { ...edit, conversationId: message.conversation_id })
  }
  return { ...known, isNew: true }
}
