import { AppError } from '@parley/contract/app-error.ts'
import type { Conversation } from '@parley/contract/conversation.ts'
import type { Ports } from '#ports/ports.ts'
import { describeConversation } from './describe-conversation.ts'
import type { OpenFields } from './describe-conversation.ts'
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
  ports: Pick<Ports, 'db' | 'vault'>,
  id: string,
  tenants: readonly string[] | null,
  openFields: OpenFields,
): Promise<Conversation> {
  const row = await findOwnConversation(ports, id, tenants)
  return describeConversation(await ports.vault.tenant(row.tenant_id), row, openFields)
}

/** One row more than the page, newest conversation first. */
export async function listConversations(
  ports: Pick<Ports, 'db' | 'vault'>,
  filter: ConversationFilter & { readonly after: Position | undefined; readonly limit: number },
  openFields: OpenFields,
): Promise<{ row: ListedRow; conversation: Conversation }[]> {
  const rows = await findConversations(ports.db, filter)
  return await Promise.all(
    rows.map(async (row) => ({
      row,
      conversation: describeConversation(await ports.vault.tenant(row.tenant_id), row, openFields),
    })),
  )
}
