import { TokenBuckets } from '#http/rate-limit.ts'
import type { Ports } from '#ports/ports.ts'
import type { UnsealFailure } from '#ports/vault.ts'
import { recordAudit } from './record-audit.ts'

/** Of one owner. A damaged table makes lines enough to be seen, not as many as it is read. */
const LINES = { name: 'unseal-failures', burst: 20, perSecond: 0.1 }
/** What rows are named by here; a text of somebody else's making is none. */
const ID = /^[\w:.@-]{1,160}$/

/**
 * For the vault: a sealed value that does not open leaves a line, whoever wanted it. Nothing of the log is sealed, so
 * this never comes back to itself.
 */
export function recordUnsealFailures(
  ports: Pick<Ports, 'db' | 'clock' | 'log'>,
): (failure: UnsealFailure) => Promise<void> {
  const lines = new TokenBuckets(LINES, ports.clock)
  return async ({ owner, place }) => {
    if (lines.take(owner).waitSeconds > 0) return
    try {
      await recordAudit(ports.db, new Date(ports.clock.now()), {
        actor: 'system',
        action: 'value.unseal_failed',
        tenantId: owner.startsWith('tenant:') ? owner.slice('tenant:'.length) : null,
        subjectId: ID.test(place.row) ? place.row : null,
        detail: { table: place.table, column: place.column },
      })
    } catch (err) {
      // The database is away, or closed because the process ends.
      ports.log.warn({ err, owner, table: place.table }, 'a failed unsealing was not audited')
    }
  }
}
