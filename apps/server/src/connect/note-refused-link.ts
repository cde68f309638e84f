import type { AuditLine } from '#audit/record-audit.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { TokenBuckets } from '#http/rate-limit.ts'
import type { Ports } from '#ports/ports.ts'
import { hashSecret } from './hash-secret.ts'
import type { SessionRow, Who } from './schema.ts'
import { findSessionByLink } from './store.ts'

/** Mail scanners open a link again and again. */
const LINES = { name: 'refused-links', burst: 1, perSecond: 1 / 60 }

/**
 * For the routes: a link of ours that is opened when it may not be any more, or in another browser, leaves a line, one a
 * minute. A guessed one is nobody's and leaves none.
 */
export function createNoteRefusedLink(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
): (link: string, who: Who) => Promise<void> {
  const lines = new TokenBuckets(LINES, ports.clock)
  return async (link, who) => {
    const session = await findSessionByLink(
      ports.db,
      hashSecret(ports.config.secrets, 'link', link),
    )
    if (session === undefined || lines.take(session.id).waitSeconds > 0) return
    const at = new Date(ports.clock.now())
    const line: AuditLine = {
      ...who,
      action: 'connect.link_refused',
      tenantId: session.tenant_id,
      subjectId: session.id,
      detail: { reason: reasonOf(session, at) },
    }
    await recordAudit(ports.db, at, line)
  }
}

function reasonOf(session: SessionRow, now: Date): string {
  if (session.used_at !== null) return 'used'
  if (session.revoked_at !== null) return 'revoked'
  return session.expires_at <= now ? 'expired' : 'other_browser'
}
