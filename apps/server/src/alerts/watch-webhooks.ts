import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { causes } from './causes.ts'
import type { Watched } from './schema.ts'
import { sumOwn } from './store-measures.ts'

const HOUR_MS = 60 * 60_000
const BURST_MS = 10 * 60_000
const NEVER = Number.POSITIVE_INFINITY

const timesOf = (sinceMs: number): { since: Date; recent: Date } => ({
  since: new Date(sinceMs),
  recent: new Date(sinceMs),
})

/**
 * Webhooks that could not be stored, read or worked within the last hour, and those with a wrong signature within the
 * last ten minutes. Each is over once half of what is too much is left, so that it does not flap.
 */
export async function watchWebhooks(
  { config, clock }: Pick<Ports, 'config' | 'clock'>,
  db: Queryable,
): Promise<readonly Watched[]> {
  const { webhookFailures = NEVER, signatureFailures = NEVER } = config.alerts
  const count = async (kind: 'webhooks' | 'signatures', ms: number): Promise<number> =>
    (await sumOwn(db, kind, timesOf(clock.now() - ms)))[0]?.failed ?? 0
  const own = { tenantId: null, connectionId: null } as const
  const failed = await count('webhooks', HOUR_MS)
  const wrong = await count('signatures', BURST_MS)
  return [
    {
      kind: 'webhook_failures',
      troubles:
        failed > webhookFailures
          ? [
              {
                ...own,
                kind: 'webhook_failures',
                severity: 'critical',
                cause: causes.webhookFailures,
                detail: { count: failed },
              },
            ]
          : [],
      lingering: new Set(failed > webhookFailures / 2 ? [causes.webhookFailures] : []),
      isOff: webhookFailures === NEVER,
    },
    {
      kind: 'signature_failures',
      troubles:
        wrong > signatureFailures
          ? [
              {
                ...own,
                kind: 'signature_failures',
                severity: 'warning',
                cause: causes.signatureFailures,
                detail: { count: wrong },
              },
            ]
          : [],
      lingering: new Set(wrong > signatureFailures / 2 ? [causes.signatureFailures] : []),
      isOff: signatureFailures === NEVER,
    },
  ]
}
