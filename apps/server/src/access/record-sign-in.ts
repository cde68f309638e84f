import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import type { Operator } from './operator-sessions.ts'

/** Notes who came in from where. */
export async function recordSignIn(
  ports: Pick<Ports, 'db' | 'clock'>,
  operator: Operator,
  trace: { address: string; requestId: string },
): Promise<void> {
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    ...trace,
    actor: `operator:${operator.id}`,
    action: 'operator.signed_in',
    subjectId: operator.id,
  })
}
