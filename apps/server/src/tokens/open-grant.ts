import { AppError } from '@parley/contract/app-error.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { UnsealError } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import type { GrantRow } from './schema.ts'
import { tokenPlace, userTokenPlace } from './schema.ts'

/**
 * Unseals a grant's token. The audit line is written first: no token is in memory without one.
 *
 * @param input `which`: the acting token, or the Facebook user token behind it.
 * @throws AppError `tokens/needs-reauth` when it was destroyed or does not open.
 */
export async function openGrant(
  ports: Pick<Ports, 'db' | 'vault' | 'clock'>,
  grant: Pick<
    GrantRow,
    'tenant_id' | 'id' | 'connection_id' | 'sealed_token' | 'sealed_user_token'
  >,
  input: {
    purpose: string
    who: { actor: string; address?: string | null; requestId?: string | null }
    which?: 'acting' | 'user'
  },
): Promise<Secret> {
  const isUser = input.which === 'user'
  const sealed = isUser ? grant.sealed_user_token : grant.sealed_token
  if (sealed === null) throw new AppError('tokens/needs-reauth')
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    ...input.who,
    action: 'token.unsealed',
    tenantId: grant.tenant_id,
    subjectId: grant.connection_id,
    purpose: input.purpose,
    detail: { grant: grant.id },
  })
  try {
    const place = isUser ? userTokenPlace(grant.id) : tokenPlace(grant.id)
    return await ports.vault.openToken(grant.tenant_id, place, sealed)
  } catch (cause) {
    // The vault's own line tells of it.
    if (!(cause instanceof UnsealError)) throw cause
    throw new AppError('tokens/needs-reauth', { cause })
  }
}
