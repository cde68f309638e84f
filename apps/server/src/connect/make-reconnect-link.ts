import { AppError } from '@parley/contract/app-error.ts'
import type { Caller } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { createSession } from './create-session.ts'

/**
 * A link by which the account's owner reconnects without signing in here: single use, seven days, revocable like every
 * connect link. What comes of it waits for the host's confirmation, for a mail may be forwarded to anybody.
 *
 * @returns undefined when the connection can no longer be reconnected.
 */
export async function makeReconnectLink(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'config'>,
  connection: { tenantId: string; connectionId: string },
): Promise<string | undefined> {
  const { tenantId, connectionId } = connection
  const caller: Caller = { kind: 'key', actor: 'system', tenantId, scopes: new Set() }
  const who = { actor: 'system', address: null, requestId: null }
  try {
    const request = { tenantId, connectionId, confirmation: 'host' } as const
    return (await createSession(ports, { caller, request, who })).url
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}
