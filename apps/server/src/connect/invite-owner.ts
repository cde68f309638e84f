import { AppError } from '@parley/contract/app-error.ts'
import type { ImportInvite } from '@parley/contract/import.ts'
import type { Caller } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { createSession } from './create-session.ts'
import type { Who } from './schema.ts'
import { findImportedRow, keepImportedRow } from './store-imports.ts'
import { findSession } from './store.ts'

type Touched = Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'config'>

/**
 * A connect link to send on, for a row whose token cannot be kept: seven days, confirmed by the host. One per row: while
 * it is open, and when it was used, there is no second. The link itself is stored nowhere and shown once.
 *
 * @returns null when no link can be made: there is no such tenant, or no login.
 */
export async function inviteOwner(
  ports: Touched,
  input: { tenantId: string; rowHashes: [string, ...string[]]; caller: Caller; who: Who },
): Promise<ImportInvite | null> {
  const { tenantId, rowHashes, caller, who } = input
  const now = new Date(ports.clock.now())
  const before = await findImportedRow(ports.db, tenantId, rowHashes)
  const session = before?.session_id && (await findSession(ports.db, tenantId, before.session_id))
  if (session) {
    const facts = {
      sessionId: session.id,
      url: null,
      expiresAt: session.expires_at.toISOString(),
    }
    if (session.used_at !== null) return { ...facts, state: 'used' }
    if (session.revoked_at === null && session.expires_at > now) return { ...facts, state: 'open' }
  }
  try {
    const request = { tenantId, confirmation: 'host' } as const
    const made = await createSession(ports, { caller, request, who })
    await keepImportedRow(ports.db, {
      tenantId,
      rowHash: rowHashes[0],
      connectionId: null,
      sessionId: made.id,
      at: now,
    })
    return { state: 'made', sessionId: made.id, url: made.url, expiresAt: made.expiresAt }
  } catch (error) {
    // What stands against the link stands against the row, which says so itself.
    if (!(error instanceof AppError)) throw error
    return null
  }
}
