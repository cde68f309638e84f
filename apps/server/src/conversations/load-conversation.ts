import assert from 'node:assert/strict'
import { AppError } from '@parley/contract/app-error.ts'
import type { Conversation } from '@parley/contract/conversation.ts'
import type { Ports } from '#ports/ports.ts'
import { describeConversation } from './describe-conversation.ts'
import type { OpenFields } from './describe-conversation.ts'
import { sealerForReading } from './message-content.ts'
import { findConversations, findListed } from './store-read.ts'
import type { ConversationFilter, ListedRow } from './store-read.ts'
import type { Position } from '#http/cursor.ts'

/**
 * One conversation of the caller's, as a row.
 *
 * @throws AppError `conversations/not-found`, for somebody else's too.
 */
export async function findOwnConversation(
  ports: Pick<Ports, 'db'>,
  id: string,
  tenants: readonly string[] | null,
): Promise<ListedRow> {
  const row = await findListed(ports.db, id)
  if (row === undefined || (tenants !== null && !tenants.includes(row.tenant_id))) {
    throw new AppError('conversations/not-found')
  }
  return row
}

/** One conversation. Throws as `findOwnConversation`. */
export async function loadConversation(
  ports: Pick<Ports, 'db' | 'vault' | 'log'>,
  id: string,
  tenants: readonly string[] | null,
  openFields: OpenFields,
): Promise<Conversation> {
  const row = await findOwnConversation(ports, id, tenants)
  const [conversation] = await describe(ports, [row], openFields)
  assert(conversation !== undefined)
  return conversation
}

/** One row more than the page, newest conversation first. */
export async function listConversations(
  ports: Pick<Ports, 'db' | 'vault' | 'log'>,
  filter: ConversationFilter & { readonly after: Position | undefined; readonly limit: number },
  openFields: OpenFields,
): Promise<{ row: ListedRow; conversation: Conversation }[]> {
  const rows = await findConversations(ports.db, filter)
  const conversations = await describe(ports, rows, openFields)
  return rows.map((row, n) => {
    const conversation = conversations[n]
    assert(conversation !== undefined)
    return { row, conversation }
  })
}

/** What does not open in one conversation hides no other; one line says how many there are. */
async function describe(
  ports: Pick<Ports, 'vault' | 'log'>,
  rows: readonly ListedRow[],
  openFields: OpenFields,
): Promise<Conversation[]> {
  const unreadable = new Set<string>()
  const conversations = await Promise.all(
    rows.map(async (row) => {
      const sealer = await sealerForReading(ports, row.tenant_id)
      const onUnreadable = (): void => void unreadable.add(row.id)
      return describeConversation(sealer, row, { openFields, onUnreadable })
    }),
  )
  if (unreadable.size > 0) {
    ports.log.warn({ conversations: [...unreadable] }, 'parts of conversations do not open')
  }
  return conversations
}
