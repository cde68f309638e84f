import type { Box } from '#box.ts'
import type { AppKind } from '#world/world.ts'
import { postSignedRequest } from './post-signed-request.ts'
import type { SignedRequestOutcome } from './post-signed-request.ts'
import { revokeTokens } from './revoke-tokens.ts'

const APP_REMOVED = 458

/**
 * "Apps and websites": somebody takes the consent back. On Instagram it is the account's own; on Facebook the user's, and
 * with it every page's. Meta tells the app, and, when the person asks for it, has their data deleted.
 */
export async function removeApp(
  box: Box,
  given: { app: AppKind; account: string; requestDeletion: boolean },
): Promise<{
  tokens: number
  deauthorize: SignedRequestOutcome
  deletion: SignedRequestOutcome | null
}> {
  const { app, account, requestDeletion } = given
  const which = app === 'facebook' ? { app } : { app, account }
  const tokens = revokeTokens(box, which, APP_REMOVED).length
  const deauthorize = await postSignedRequest(box, 'deauthorize', { app, account })
  const deletion = requestDeletion
    ? await postSignedRequest(box, 'data-deletion', { app, account })
    : null
  return { tokens, deauthorize, deletion }
}
