import { Hono } from 'hono'
import type { Box } from '#box.ts'
import { loadAccount } from '#world/find.ts'
import { FACEBOOK_HOLDER, dropGrant, effectiveGrant } from '#world/grants.ts'
import type { Token } from '#world/tokens.ts'
import { appKinds } from '#world/world.ts'
import type { AppKind } from '#world/world.ts'
import { expireBody, makeTokenBody, permissionBody, revokeBody } from './bodies.ts'
import { makeToken } from './make-token.ts'
import { postSignedRequest } from './post-signed-request.ts'
import { readBody } from './read-body.ts'

/** Ways for a token to end, by account or all at once. */
export function tokenRoutes(box: Box): Hono {
  const routes = new Hono()
  routes.post('/tokens', async (c) => c.json(makeToken(box, await readBody(c, makeTokenBody))))
  routes.post('/tokens/expire', async (c) => {
    const { inMs, ...which } = await readBody(c, expireBody)
    const tokens = tokensOf(box, which)
    for (const token of tokens) {
      token.expiresAtMs = box.clock.now() + inMs
      if (inMs === 0) token.death = { subcode: 463 }
    }
    box.changes.tell()
    return c.json({ tokens: tokens.length })
  })
  routes.post('/tokens/revoke', async (c) => {
    const { subcode, deauthorize, ...which } = await readBody(c, revokeBody)
    const tokens = tokensOf(box, which)
    for (const token of tokens) token.death = { subcode }
    if (subcode === 458) forgetConsent(box, which)
    box.changes.tell()
    const callbacks = deauthorize ? await tellDeauthorized(box, which) : []
    return c.json({ tokens: tokens.length, callbacks })
  })
  routes.post('/tokens/permission', async (c) => {
    const { account: key, app, permission, granted } = await readBody(c, permissionBody)
    const account = loadAccount(box.world, key)
    const holders = [
      effectiveGrant(box.world, app, account),
      ...tokensOf(box, { app, account: key }),
    ]
    for (const holder of holders) {
      if (!holder) continue
      holder.scopes = holder.scopes.filter((scope) => scope !== permission)
      if (granted) holder.scopes.push(permission)
    }
    box.changes.tell()
    return c.json({ success: true })
  })
  return routes
}

type Which = { account?: string | undefined; app?: AppKind | undefined }

/** An account's own and its page's; Facebook's user tokens only when no account is named. */
function tokensOf(box: Box, { account, app }: Which): Token[] {
  const key = account === undefined ? undefined : loadAccount(box.world, account).key
  return box.world.tokens.filter(
    (token) =>
      (app === undefined || token.app === app) &&
      (key === undefined || token.holder.accountKey === key),
  )
}

/** Removing the app ends the consent. On Facebook one page's removal leaves the others. */
function forgetConsent(box: Box, { account, app }: Which): void {
  const keys =
    account === undefined
      ? box.world.accounts.map(({ key }) => key)
      : [loadAccount(box.world, account).key]
  if (app !== 'facebook') for (const key of keys) dropGrant(box.world, 'instagram', key)
  if (app === 'instagram') return
  if (account === undefined) dropGrant(box.world, 'facebook', FACEBOOK_HOLDER)
  else {
    box.world.subscriptions = box.world.subscriptions.filter(
      (one) => one.app !== 'facebook' || !keys.includes(one.accountKey),
    )
  }
}

function tellDeauthorized(box: Box, { account, app }: Which) {
  const apps = app ? [app] : appKinds
  return Promise.all(
    apps.map((kind) => postSignedRequest(box, 'deauthorize', { app: kind, account })),
  )
}
