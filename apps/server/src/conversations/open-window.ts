import type { Queryable } from '#ports/database.ts'
import type { ConnectionKey } from './schema.ts'
import { raiseWindow } from './store-conversations.ts'

/**
 * An act of the person that is no line (a reaction, an ig.me link) opens the messaging window of a conversation that
 * exists. It makes none: what is nothing for the inbox leaves no empty conversation.
 */
export async function openWindow(
  db: Queryable,
  act: ConnectionKey & { readonly igsid: string; readonly atMs: number },
): Promise<string | undefined> {
  return await raiseWindow(db, act, new Date(act.atMs))
}
