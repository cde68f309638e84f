import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import { openContent, sealContent } from './message-content.ts'
import { conversationOf, findOrMakeConversations } from './receive-lines.ts'
import type { ConnectionKey } from './schema.ts'
import { insertForerunner, lockMessage, markEdited } from './store-messages.ts'

/** Earlier texts kept with a message; Instagram allows five edits. */
const EARLIER_TEXTS_MAX = 10

/**
 * A person changed a line. Before its answer the new text is what gets answered; later it is only shown.
 * Edits fold by their number, so a late one changes nothing; one that comes before its line waits for it.
 */
export async function editLine(
  ports: Pick<Ports, 'clock' | 'random' | 'vault'>,
  db: Queryable,
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
    const whom = { ...edit, igsid: edit.igsid }
    const conversationId = conversationOf(await findOrMakeConversations(ports, db, [whom]), whom)
    const id = ports.random.uuid(ports.clock.now())
    await insertForerunner(db, {
      tenantId: edit.tenantId,
      id,
      connectionId: edit.connectionId,
      conversationId,
      mid: edit.mid,
      kind: 'edited_early',
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
  return { ...known, isNew: true }
}
