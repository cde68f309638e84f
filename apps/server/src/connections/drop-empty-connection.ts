import type { Queryable } from '#ports/database.ts'
import { deleteEmpty } from './store.ts'

/** Forgets a connection that never was one: never live, and without any grant. */
export async function dropEmptyConnection(
  db: Queryable,
  connection: { readonly tenant_id: string; readonly connection_id: string },
): Promise<void> {
  await deleteEmpty(db, connection.tenant_id, connection.connection_id)
}
