import type { Ports } from '#ports/ports.ts'
import type { Queryable } from '#ports/database.ts'
import { openContent, sealContent } from './message-content.ts'
import type { ConnectionKey } from './schema.ts'
import { lockMessage, replaceContent } from './store-messages.ts'

/** A person put a reaction on a line, or took it back. The newest event of the person wins, in whatever order they come. */
export async function reactToLine(
  ports: Pick<Ports, 'vault'>,
  db: Queryable,
  event: ConnectionKey & {
    readonly mid: string
    readonly action: 'react' | 'unreact'
    readonly emoji: string | undefined
    readonly reaction: string | undefined
    readonly atMs: number
  },
): Promise<{ conversationId: string; isNew: boolean } | undefined> {
  const message = await lockMessage(db, event)
  if (message === undefined) return undefined
  const known = { conversationId: message.conversation_id, isNew: false }
  if (message.sealed === null) return known

  const sealer = await ports.vault.tenant(event.tenantId)
  const content = openContent(sealer, message.id, message.sealed)
  const old = content.reactions?.find((one) => one.by === 'person')
  if (old !== undefined && old.atMs >= event.atMs) return known

  const mine = {
    by: 'person' as const,
    atMs: event.atMs,
    ...(event.action === 'unreact' ? { removed: true } : {}),
    ...(event.emoji === undefined ? {} : { emoji: event.emoji }),
    ...(event.reaction === undefined ? {} : { reaction: event.reaction }),
  }
  const others = (content.reactions ?? []).filter((one) => one.by !== 'person')
  const sealed = sealContent(sealer, message.id, { ...content, reactions: [...others, mine] })
  await replaceContent(db, message, sealed)
  return { ...known, isNew: true }
}
