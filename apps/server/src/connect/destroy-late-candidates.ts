import { recordAudit } from '#audit/record-audit.ts'
import { endEmptyCandidates } from '#connections/end-empty-candidates.ts'
import type { Ports } from '#ports/ports.ts'
import { destroyCandidate } from '#tokens/destroy-candidate.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import { settleWaiting } from './settle-waiting.ts'
import { listLateCandidates } from './store-candidates.ts'

const BATCH = 200

/** Destroys the tokens of candidates nobody confirmed within 24 h. */
export async function destroyLateCandidates(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'signals'>,
): Promise<number> {
  const at = new Date(ports.clock.now())
  const late = await listLateCandidates(ports.db, at, BATCH)
  for (const { tenant_id: tenantId, id, connection_id: connectionId } of late) {
    await ports.db.transaction(async (db) => {
      if (!(await destroyCandidate(db, { tenantId, grantId: id, reason: 'candidate_expired' })))
        return
      await recordAudit(db, at, {
        actor: 'system',
        action: 'connection.candidate_destroyed',
        tenantId,
        subjectId: connectionId,
        detail: { grant: id, reason: 'candidate_expired' },
      })
    })
    tellConnection(ports, tenantId, connectionId)
  }
  await endEmptyCandidates(ports.db, at)
  await settleWaiting(ports)
  return late.length
}
