import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { dropEmptyConnection } from '#connections/drop-empty-connection.ts'
import { ensureConnection } from '#connections/ensure-connection.ts'
import { refuseTakenAccount } from '#connections/refuse-taken-account.ts'
import type { Ports } from '#ports/ports.ts'
import { dropGrant } from '#tokens/drop-grant.ts'
import { sealGrant } from '#tokens/seal-grant.ts'
import type { Confirmable } from '#tokens/seal-grant.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import type { GrantRow } from '#tokens/schema.ts'
import { activateGrant } from './activate-grant.ts'
import { hashSecret } from './hash-secret.ts'
import type { Adoption, ConnectHooks, Identified, Who } from './schema.ts'
import { tellCandidate } from './tell-candidate.ts'

/** How long the browser that finished may wait before the host confirms. */
const CONFIRM_MS = 10 * 60 * 1000
/** Unconfirmed for so long, a candidate's token is destroyed. */
const CANDIDATE_MS = 24 * 60 * 60 * 1000

type Touched = Pick<
  Ports,
  'db' | 'clock' | 'random' | 'vault' | 'graph' | 'config' | 'signals' | 'log'
>
type Adopted = {
  readonly connectionId: string
  readonly grantId: string
  readonly confirm: string | undefined
}

/**
 * Gives a proven credential to a tenant: refused when it is another account than asked or held elsewhere,
 * else sealed, and made live at once unless it waits for a confirmation or its long-lived token.
 *
 * @returns `confirm`: the one-time code, for the browser that finished and nobody else.
 * @throws AppError `connect/wrong-account`, `connect/account-taken`, `connect/subscription-failed`.
 */
export async function adoptAccount(
  ports: Touched,
  hooks: ConnectHooks,
  input: { session: Adoption; identified: Identified; who: Who },
): Promise<Adopted> {
  const { session, who } = input
  const { credential, identity } = input.identified
  const { tenant_id: tenantId } = session
  if (session.account_id !== null && session.account_id !== identity.accountId) {
    throw new AppError('connect/wrong-account')
  }
  await refuseTakenAccount(ports.db, { tenantId, accountId: identity.accountId })

  const code = ports.random.bytes(32).toString('base64url')
  const confirmable = makeConfirmable(ports, session, code)
  // Loads the tenant's key before the transaction, which then needs no second connection of the pool.
  await ports.vault.tenant(tenantId)
  const grant = await ports.db.transaction(async (db) => {
    const asked = session.capabilities
    const connection = await ensureConnection(ports, db, { tenantId, identity, asked })
    const candidateUntilMs = ports.clock.now() + CANDIDATE_MS
    const sealed = await sealGrant(ports, db, {
      tenantId,
      connectionId: connection.id,
      credential,
      asked,
      confirmable,
      candidateUntilMs,
    })
    await recordAudit(db, sealed.created_at, {
      ...who,
      action: actionOf(session),
      tenantId,
      subjectId: connection.id,
      detail: {
        session: session.id,
        grant: sealed.id,
        login: credential.login,
        shortLived: credential.isShortLived,
      },
    })
    if (session.confirmation === 'host')
      await tellCandidate(ports, db, { grant: sealed, identity, who })
    return sealed
  })

  const waits = confirmable !== null || credential.isShortLived
  if (waits) tellConnection(ports, tenantId, grant.connection_id)
  else await activateOrDrop(ports, hooks, { ...input, grant })
  return {
    connectionId: grant.connection_id,
    grantId: grant.id,
    confirm: confirmable === null ? undefined : code,
  }
}

function actionOf(session: Adoption): string {
  if (session.id === null) return 'connect.imported'
  return session.confirmation === 'none' ? 'connect.authorized' : 'connection.candidate'
}

function makeConfirmable(
  ports: Pick<Ports, 'clock' | 'config'>,
  session: Adoption,
  code: string,
): Confirmable {
  if (session.confirmation === 'none') return null
  return {
    confirmation: session.confirmation,
    codeHash: hashSecret(ports.config.secrets, 'confirm', code)[0],
    codeUntilMs: ports.clock.now() + CONFIRM_MS,
  }
}

/** What could not become live leaves nothing behind, neither a token nor a connection nobody was told of. */
async function activateOrDrop(
  ports: Touched,
  hooks: ConnectHooks,
  input: { identified: Identified; grant: GrantRow; who: Who },
): Promise<void> {
  const { identified, grant, who } = input
  try {
    const { identity, credential } = identified
    await activateGrant(ports, hooks, { grant, token: credential.token, identity, who })
  } catch (error) {
    await ports.db.transaction(async (db) => {
      await dropGrant(db, grant)
      await dropEmptyConnection(db, grant)
    })
    throw error
  }
}
