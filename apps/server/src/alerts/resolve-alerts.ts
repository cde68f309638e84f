import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { closeAlerts, dropUnsent, insertNotice } from './store.ts'

/**
 * Says that causes are over, in the transaction that ended them. Whoever was told of the trouble is told of its end; a
 * trouble that healed before anybody was told stays silent.
 *
 * @returns how many were open.
 */
export async function resolveAlerts(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  input: {
    tenantId: string | null
    causes: readonly string[]
    /** The end says nothing: the account is gone, or nobody looks any more. */
    isSilent?: boolean
  },
): Promise<number> {
  const nowMs = ports.clock.now()
  const at = new Date(nowMs)
  const closed = await closeAlerts(db, { ...input, at })
  for (const { id, tenant_id: tenantId } of closed) {
    const wasTold = await dropUnsent(db, id)
    if (!wasTold || input.isSilent === true) continue
    await insertNotice(db, {
      tenantId,
      id: ports.random.uuid(nowMs),
      alertId: id,
      what: 'resolved',
      at,
    })
  }
  return closed.length
}
