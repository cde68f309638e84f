import type { z } from 'zod'
import type { Box } from '#box.ts'
import { configurationScopes, instagramScopes } from '#oauth/scopes.ts'
import { NotInTheBoxError, findPage, loadAccount } from '#world/find.ts'
import { FACEBOOK_HOLDER, putGrant } from '#world/grants.ts'
import { issueToken } from '#world/issue-token.ts'
import { LONG_TOKEN_MS, SHORT_TOKEN_MS } from '#world/tokens.ts'
import type { Token } from '#world/tokens.ts'
import type { makeTokenBody } from './bodies.ts'

/** A token without the window: an Instagram account's, or the token of the account's page. */
export function makeToken(box: Box, asked: z.infer<typeof makeTokenBody>) {
  const account = loadAccount(box.world, asked.account)
  const isInstagram = asked.app === 'instagram'
  const page = account.pageId === null ? undefined : findPage(box.world, account.pageId)
  if (!isInstagram && !page) throw new NotInTheBoxError(`${account.key} is behind no page`)
  const scopes = asked.scopes ?? (isInstagram ? Object.keys(instagramScopes) : configurationScopes)
  const pageIds = isInstagram || !page ? [] : [page.id]
  putGrant(box.world, {
    app: asked.app,
    holderKey: isInstagram ? account.key : FACEBOOK_HOLDER,
    scopes,
    declined: [],
    pageIds,
    atMs: box.clock.now(),
  })
  const isLong = asked.kind === 'long'
  const longMs = isInstagram ? LONG_TOKEN_MS : null
  const token = issueToken(box, {
    kind: kindOf(asked),
    app: asked.app,
    holder:
      isInstagram || !page
        ? { type: 'account', accountKey: account.key }
        : { type: 'page', pageId: page.id, accountKey: account.key },
    scopes: [...scopes],
    pageIds,
    lifeMs: isLong ? longMs : SHORT_TOKEN_MS,
  })
  token.issuedAtMs -= asked.ageMs
  if (token.expiresAtMs !== null) token.expiresAtMs -= asked.ageMs
  if (asked.subscribe) subscribe(box, asked.app, account.key)
  return { accessToken: token.value, issuedAtMs: token.issuedAtMs, expiresAtMs: token.expiresAtMs }
}

function kindOf({ app, kind }: z.infer<typeof makeTokenBody>): Token['kind'] {
  if (app === 'facebook') return 'page'
  return kind === 'long' ? 'ig_long' : 'ig_short'
}

function subscribe(box: Box, app: 'instagram' | 'facebook', accountKey: string): void {
  const isThere = box.world.subscriptions.some(
    (one) => one.app === app && one.accountKey === accountKey,
  )
  if (!isThere) box.world.subscriptions.push({ app, accountKey, fields: ['messages'] })
}
