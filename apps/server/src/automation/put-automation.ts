import type { Automation } from '@parley/contract/automation.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { dropWaitingLines } from '#conversations/drop-waiting-lines.ts'
import type { Ports } from '#ports/ports.ts'
import { checkAutomation } from './check-automation.ts'
import { findAutomation, upsertAutomation } from './store.ts'
import type { AutomationKey } from './store.ts'

/**
 * Replaces what answers a connection. A conversation waiting in a step that is gone begins again with its next line.
 * Switched on, it answers what comes from then on, and no line of the time when nothing was to answer.
 *
 * @throws AppError `automation/flow-invalid`, `automation/responder-unavailable`.
 */
export async function putAutomation(
  ports: Pick<Ports, 'db' | 'clock' | 'signals'>,
  key: AutomationKey,
  automation: Automation,
  by: { readonly actor: string; readonly address: string; readonly requestId: string },
): Promise<void> {
  checkAutomation(automation)
  const at = new Date(ports.clock.now())
  await ports.db.transaction(async (db) => {
    const before = await findAutomation(db, key)
    const isSwitchedOn = automation.responder !== null && (before?.responder ?? null) === null
    if (isSwitchedOn) await dropWaitingLines(db, key)
    await upsertAutomation(db, key, automation, at)
    await recordAudit(db, at, {
      ...by,
      action: 'automation.replaced',
      tenantId: key.tenantId,
      subjectId: key.connectionId,
    })
  })
  const { tenantId, connectionId } = key
  ports.signals.tell([{ kind: 'connection', id: connectionId, connectionId, tenantId }])
}
