import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { PageId } from '@parley/instagram/ids.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import type { Ports } from '#ports/ports.ts'
import { openGrant } from './open-grant.ts'
import type { Expiry, LeasedGrant, UsableGrant } from './schema.ts'

/** Meta answers in one or two seconds; a lease is many times as long. */
const CALL_MS_MAX = 10_000
const OPTIONS = { timeoutMs: CALL_MS_MAX }

/** A token that may replace the old one, with what Meta says of it. */
export type RenewedToken = {
  readonly token: Secret
  readonly expiry: Expiry
  readonly expiresAtMs: number | undefined
  /** Undefined: Meta did not say. */
  readonly scopes: readonly string[] | undefined
  /** The account or page it speaks for, where it could be another. */
  readonly speaksFor: string | undefined
}

/**
 * Asks Meta for a new token: Instagram renews the old one, a page token is read again with the long-lived user token it
 * came from.
 *
 * @throws GraphError | HttpFailure, AppError `tokens/needs-reauth` when there is no user token.
 */
export async function renewToken(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'graph'>,
  held: LeasedGrant,
  usable: UsableGrant,
): Promise<RenewedToken> {
  return held.login === 'instagram'
    ? await renewInstagram(ports, usable)
    : await renewPage(ports, held)
}

async function renewInstagram(
  ports: Pick<Ports, 'clock' | 'graph'>,
  usable: UsableGrant,
): Promise<RenewedToken> {
  const { token, expiresInSeconds, scopes } = await ports.graph.refreshInstagramToken(
    usable.token,
    OPTIONS,
  )
  const isSame = token.reveal() === usable.token.reveal()
  return {
    token,
    expiry: expiresInSeconds === undefined ? 'unknown' : 'known',
    expiresAtMs:
      expiresInSeconds === undefined ? undefined : ports.clock.now() + expiresInSeconds * 1000,
    scopes,
    speaksFor: isSame ? undefined : await accountOf(ports, token),
  }
}

/** A new token Meta does not accept speaks for nobody; that says nothing of the old one. */
async function accountOf(ports: Pick<Ports, 'graph'>, token: Secret): Promise<string> {
  try {
    return (await ports.graph.readInstagramAccount(token, OPTIONS)).accountId
  } catch (error) {
    if (error instanceof GraphError && classifyGraphError(error) === 'needs_reauth') return ''
    throw error
  }
}

async function renewPage(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'graph'>,
  held: LeasedGrant,
): Promise<RenewedToken> {
  const who = { actor: 'system' }
  const userToken = await openGrant(ports, held, { purpose: 'refresh', who, which: 'user' })
  const { token } = await ports.graph.readPage(PageId.parse(held.page_id), userToken, OPTIONS)
  // Meta lists the page and gives no token for it: the role is gone.
  if (token === undefined) throw noRole()
  const inspected = await ports.graph.inspectFacebookToken(token, OPTIONS)
  if (!inspected.isValid) throw noRole()
  const endsAtMs = inspected.expiresAtMs ?? 'never'
  return {
    token,
    expiry: endsAtMs === 'never' ? 'never' : 'known',
    expiresAtMs: endsAtMs === 'never' ? undefined : endsAtMs,
    scopes: inspected.scopes.length === 0 ? undefined : inspected.scopes,
    speaksFor: inspected.profileId,
  }
}

const noRole = (): GraphError =>
  new GraphError({ shape: 'graph', httpStatus: 400, code: 190, subcode: 492 })
