import { recordAudit } from '#audit/record-audit.ts'
import type { Role } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { hashSecret } from './hash-secret.ts'
import { insertSignInLink } from './store.ts'

const LINK_BYTES = 32
/** @internal exported for its test */
export const SIGN_IN_LINK_LIFE_MS = 24 * 60 * 60 * 1000

/**
 * A one-time address that makes an operator, or gives one more membership. Whoever opens it first within a day has it.
 *
 * @param membership `tenantId` null: every tenant.
 */
export async function createSignInLink(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'config'>,
  membership: { role: Role; tenantId: string | null },
  actor = 'system',
): Promise<string> {
  const link = ports.random.bytes(LINK_BYTES).toString('base64url')
  const nowMs = ports.clock.now()
  const at = new Date(nowMs)
  await ports.db.transaction(async (db) => {
    await insertSignInLink(db, {
      hash: hashSecret(ports, 'sign-in-link', link),
      ...membership,
      at,
      expiresAt: new Date(nowMs + SIGN_IN_LINK_LIFE_MS),
    })
    await recordAudit(db, at, {
      actor,
      action: 'sign_in_link.created',
      tenantId: membership.tenantId,
      detail: { role: membership.role },
    })
  })
  return `${ports.config.url}/welcome/${link}`
}
