import { recordAudit } from '#audit/record-audit.ts'
import { forgetOldMessages } from '#conversations/forget-old-messages.ts'
import type { Ports } from '#ports/ports.ts'
import { forgetOldTurns } from '#replies/forget-old-turns.ts'
import { listRetentions } from '#tenants/list-retentions.ts'
import { forgetOldDeliveries } from '#webhooks/forget-old-deliveries.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Deletes what each tenant does not want kept any longer, in bounded batches; interrupted, the next run goes on. What is
 * under way stays, and so do conversations and people.
 *
 * @param signal asks it to stop between two tenants.
 */
export async function applyRetention(
  ports: Pick<Ports, 'db' | 'clock'>,
  signal?: AbortSignal,
): Promise<void> {
  for await (const { tenantId, messagesDays, deliveriesDays } of listRetentions(ports.db)) {
    if (signal?.aborted === true) return
    const nowMs = ports.clock.now()
    const before = (days: number): Date => new Date(nowMs - days * DAY_MS)
    let messages = 0
    let deliveries = 0
    if (messagesDays !== null) {
      messages = await forgetOldMessages(ports, tenantId, before(messagesDays))
      await forgetOldTurns(ports, tenantId, before(messagesDays))
    }
    if (deliveriesDays !== null) {
      deliveries = await forgetOldDeliveries(ports, tenantId, before(deliveriesDays))
    }
    if (messages + deliveries === 0) continue
    await recordAudit(ports.db, new Date(nowMs), {
      actor: 'system',
      action: 'retention.applied',
      tenantId,
      subjectId: tenantId,
      detail: { messages, deliveries },
    })
  }
}
