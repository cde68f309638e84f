import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import type { Trouble } from './schema.ts'
import { insertNotice, upsertAlert } from './store.ts'

/**
 * Says that something is wrong, in the transaction that found it. Once per cause: who finds it again says nothing new,
 * unless it got worse.
 *
 * @returns whether anybody is told.
 */
export async function openAlert(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  trouble: Trouble,
): Promise<boolean> {
  const nowMs = ports.clock.now()
  const at = new Date(nowMs)
  const alert = await upsertAlert(db, trouble, { id: ports.random.uuid(nowMs), at })
  if (alert === undefined) return false
  await insertNotice(db, {
    tenantId: trouble.tenantId,
    id: ports.random.uuid(nowMs),
    alertId: alert.id,
    what: alert.is_new ? 'opened' : 'raised',
    at,
  })
  return true
}
