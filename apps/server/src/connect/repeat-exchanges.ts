import { AppError } from '@parley/contract/app-error.ts'
import { PageId } from '@parley/instagram/ids.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { endEmptyCandidates } from '#connections/end-empty-candidates.ts'
import type { Ports } from '#ports/ports.ts'
import { claimShortGrants } from '#tokens/claim-short-grants.ts'
import type { ClaimedGrant } from '#tokens/claim-short-grants.ts'
import { destroyCandidate } from '#tokens/destroy-candidate.ts'
import { openGrant } from '#tokens/open-grant.ts'
import { replaceShortToken } from '#tokens/replace-short-token.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import { activateGrant } from './activate-grant.ts'
import { answered } from './identify-instagram.ts'
import { readIdentity } from './read-identity.ts'
import type { ConnectHooks } from './schema.ts'

type Touched = Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'graph' | 'signals' | 'log'>

const SYSTEM = { actor: 'system', address: null, requestId: null }

/**
 * Repeats the long exchange of accounts that connected while Meta could not finish it, as long as their one-hour token
 * lives. Leased, so that two workers never ask for the same one.
 *
 * @returns how many became long-lived.
 */
export async function repeatExchanges(ports: Touched, hooks: ConnectHooks): Promise<number> {
  let extended = 0
  for (const grant of await claimShortGrants(ports)) {
    try {
      await repeatExchange(ports, hooks, grant)
      extended += 1
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      await giveUpWhenHopeless(ports, grant, error)
    }
  }
  return extended
}

async function repeatExchange(
  ports: Touched,
  hooks: ConnectHooks,
  grant: ClaimedGrant,
): Promise<void> {
  const long =
    grant.login === 'instagram'
      ? await extendInstagram(ports, grant)
      : await extendPage(ports, grant)
  const replaced = await replaceShortToken(ports, grant, long)
  // Confirmed in the meantime, destroyed in the meantime, or somebody else's lease.
  if (replaced === undefined || replaced.confirmation !== null) return
  const identity = await readIdentity(ports, replaced, long.token)
  await activateGrant(ports, hooks, { grant: replaced, token: long.token, identity, who: SYSTEM })
}

type LongToken = {
  token: Secret
  userToken: Secret | undefined
  expiry: 'known' | 'never' | 'unknown'
  expiresInSeconds: number | undefined
}

async function extendInstagram(ports: Touched, grant: ClaimedGrant): Promise<LongToken> {
  const short = await openGrant(ports, grant, { purpose: 'exchange', who: SYSTEM })
  const { token, expiresInSeconds } = await answered(ports.graph.extendInstagramToken(short))
  const expiry = expiresInSeconds === undefined ? 'unknown' : 'known'
  return { token, userToken: undefined, expiry, expiresInSeconds }
}

async function extendPage(ports: Touched, grant: ClaimedGrant): Promise<LongToken> {
  const short = await openGrant(ports, grant, {
    purpose: 'exchange',
    who: SYSTEM,
    which: 'user',
  })
  const { token: userToken } = await answered(ports.graph.extendFacebookToken(short))
  const page = await answered(ports.graph.readPage(PageId.parse(grant.page_id), userToken))
  if (page.token === undefined) throw new AppError('connect/no-eligible-account')
  return { token: page.token, userToken, expiry: 'never', expiresInSeconds: undefined }
}

/** A passing failure waits for the next minute; a final one, or the end of the hour, destroys the short token. */
async function giveUpWhenHopeless(
  ports: Touched,
  grant: ClaimedGrant,
  error: AppError,
): Promise<void> {
  const nowMs = ports.clock.now()
  const isOver = (grant.expires_at?.getTime() ?? 0) <= nowMs
  const mayPass =
    error.code === 'connect/meta-unavailable' || error.code === 'connect/subscription-failed'
  if (mayPass && !isOver) return
  const { tenant_id: tenantId, connection_id: connectionId, id: grantId } = grant
  const at = new Date(nowMs)
  if (!(await destroyCandidate(ports.db, { tenantId, grantId, reason: error.code }))) return
  await recordAudit(ports.db, at, {
    ...SYSTEM,
    action: 'connect.failed',
    tenantId,
    subjectId: connectionId,
    detail: { grant: grantId, code: error.code },
  })
  await endEmptyCandidates(ports.db, at)
  tellConnection(ports, tenantId, connectionId)
}
