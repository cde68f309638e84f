import { Hono } from 'hono'
import type { Box } from '#box.ts'
import { loadAccount } from '#world/find.ts'
import { effectiveGrant } from '#world/grants.ts'
import { appKinds } from '#world/world.ts'
import { expireBody, makeTokenBody, permissionBody, revokeBody } from './bodies.ts'
import { makeToken } from './make-token.ts'
import { postSignedRequest } from './post-signed-request.ts'
import { readBody } from './read-body.ts'
import { revokeTokens } from './revoke-tokens.ts'
import { tokensOf } from './tokens-of.ts'
import type { Which } from './tokens-of.ts'

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
    const tokens = revokeTokens(box, which, subcode)
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

function tellDeauthorized(box: Box, { account, app }: Which) {
  const apps = app ? [app] : appKinds
  return Promise.all(
    apps.map((kind) => postSignedRequest(box, 'deauthorize', { app: kind, account })),
  )
}
