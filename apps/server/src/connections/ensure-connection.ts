import assert from 'node:assert/strict'
import type { Capability } from '@parley/instagram/scopes.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import type { AccountIdentity, ConnectionRow } from './schema.ts'
import { findByAccount, insertConnection } from './store.ts'

/** The tenant's record of this account: the one there is, whatever became of it, or a new pending one. */
export async function ensureConnection(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  input: { tenantId: string; identity: AccountIdentity; asked: readonly Capability[] },
): Promise<ConnectionRow> {
  const nowMs = ports.clock.now()
  await insertConnection(db, { ...input, id: ports.random.uuid(nowMs), at: new Date(nowMs) })
  const row = await findByAccount(db, input.tenantId, input.identity.accountId)
  assert(row !== undefined, 'the connection was just made')
  return row
}
