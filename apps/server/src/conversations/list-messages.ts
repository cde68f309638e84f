import type { Message } from '@parley/contract/message.ts'
import { decodeCursor, encodeCursor } from '#http/cursor.ts'
import type { Ports } from '#ports/ports.ts'
import { describeMessage, UNREADABLE } from './describe-message.ts'
import { findOwnConversation } from './load-conversation.ts'
import { sealerForReading } from './message-content.ts'
import { findMessages, findNewestMessages } from './store-read.ts'
import type { MessageRow } from './schema.ts'

/**
 * A page of a conversation's messages, oldest first. `latest`: the newest page, whose cursor leads to older ones.
 *
 * @throws AppError `conversations/not-found`, `http/invalid-fields` for a foreign cursor.
 */
export async function listMessages(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'log'>,
  conversationId: string,
  tenants: readonly string[] | null,
  page: { readonly cursor: string | undefined; readonly limit: number; readonly latest: boolean },
): Promise<{ data: Message[]; nextCursor: string | null }> {
  const conversation = await findOwnConversation(ports, conversationId, tenants)
  const thread = { tenantId: conversation.tenant_id, conversationId, limit: page.limit + 1 }
  const from = page.cursor === undefined ? undefined : positionOf(page.cursor)
  const rows = page.latest
    ? await findNewestMessages(ports.db, { ...thread, before: from })
    : await findMessages(ports.db, { ...thread, after: from })

  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const sealer = await sealerForReading(ports, conversation.tenant_id)
  const nowMs = ports.clock.now()
  const data = shown.map((row) => describeMessage(sealer, row, nowMs))
  const unreadable = data.filter((message) => message.kind === UNREADABLE).length
  if (unreadable > 0) {
    ports.log.warn(
      { conversationId, unreadable },
      'messages do not open, and are shown without content',
    )
  }
  return {
    data: page.latest ? data.toReversed() : data,
    nextCursor: rows.length > page.limit && last !== undefined ? cursorOf(last) : null,
  }
}

const cursorOf = (row: MessageRow): string => encodeCursor({ at: row.at, id: String(row.seq) })

function positionOf(cursor: string): { at: Date; seq: number } {
  const { at, id } = decodeCursor(cursor)
  const seq = Number(id)
  return { at, seq: Number.isSafeInteger(seq) ? seq : 0 }
}
