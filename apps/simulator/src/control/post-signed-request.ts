import type { Box } from '#box.ts'
import { makeSignedRequest } from '#webhooks/signed-request.ts'
import { NotInTheBoxError, loadAccount } from '#world/find.ts'
import type { AppKind } from '#world/world.ts'

const ANSWER_TIMEOUT_MS = 10_000
const EXPIRES_SECONDS = 3600

export type SignedRequestOutcome = {
  app: AppKind
  url: string | null
  userId: string
  status: number | null
  body: string | null
  /** Why Meta would be unhappy with the answer; null when it would not. */
  complaint: string | null
}

/** Posts Meta's deauthorize or data-deletion callback, signed with the app's own secret. */
export async function postSignedRequest(
  box: Box,
  kind: 'deauthorize' | 'data-deletion',
  given: {
    app: AppKind
    account?: string | undefined
    userId?: string | undefined
    url?: string | undefined
  },
): Promise<SignedRequestOutcome> {
  const app = box.world.apps[given.app]
  const userId = given.userId ?? userIdOf(box, given.app, given.account)
  const url = given.url ?? (kind === 'deauthorize' ? app.deauthorizeUrl : app.dataDeletionUrl)
  const issuedAt = Math.floor(box.clock.now() / 1000)
  const hasExpiry = kind === 'data-deletion' && given.app === 'facebook'
  const signedRequest = makeSignedRequest(
    {
      user_id: userId,
      algorithm: 'HMAC-SHA256',
      issued_at: issuedAt,
      ...(hasExpiry && { expires: issuedAt + EXPIRES_SECONDS }),
    },
    app.secret,
  )
  const outcome = { app: given.app, url, userId, status: null, body: null }
  if (url === null) return { ...outcome, complaint: 'no address is set for this callback' }
  try {
    const answer = await box.network.request('POST', url, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ signed_request: signedRequest }).toString(),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    const complaint = complain(kind, answer.status, answer.text)
    return { ...outcome, status: answer.status, body: answer.text, complaint }
  } catch (error) {
    return { ...outcome, complaint: error instanceof Error ? error.message : String(error) }
  }
}

/** Always the app-scoped id: the account's for Instagram Login, the user's for Facebook Login. */
function userIdOf(box: Box, app: AppKind, account: string | undefined): string {
  if (app === 'facebook') return box.world.facebookUser.id
  if (account === undefined) throw new NotInTheBoxError('Name an account or a userId')
  return loadAccount(box.world, account).appScopedId
}

function complain(kind: string, status: number, text: string): string | null {
  if (status !== 200) return `answered ${status}, not 200`
  if (kind === 'deauthorize') return null
  try {
    const reply: unknown = JSON.parse(text)
    const isRight =
      typeof reply === 'object' &&
      reply !== null &&
      'url' in reply &&
      typeof reply.url === 'string' &&
      URL.canParse(reply.url) &&
      'confirmation_code' in reply &&
      typeof reply.confirmation_code === 'string' &&
      /^[a-z0-9]+$/i.test(reply.confirmation_code)
    return isRight ? null : 'the answer needs a url and an alphanumeric confirmation_code'
  } catch (error) {
    if (error instanceof SyntaxError) return 'the answer is not JSON'
    throw error
  }
}
