import { Hono } from 'hono'
import type { z } from 'zod'
import type { Box } from '#box.ts'
import type { AuthorizeRequest } from '#oauth/authorize-request.ts'
import { decideConsent } from '#oauth/decide-consent.ts'
import { readAuthorizeUrl } from '#oauth/window-routes.ts'
import { shakeHands } from '#webhooks/handshake.ts'
import { loadAccount } from '#world/find.ts'
import { appsBody, consentBody, removeAppBody, signedRequestBody } from './bodies.ts'
import { postSignedRequest } from './post-signed-request.ts'
import { readBody } from './read-body.ts'
import { removeApp } from './remove-app.ts'

const PATIENCE_MS = 5000

/** Meta's dashboard (apps, callback), its two signed callbacks, and the consent window by HTTP. */
export function appRoutes(box: Box): Hono {
  const routes = new Hono()
  routes.post('/apps', async (c) => {
    const { instagram, facebook, webhook, patienceMs = PATIENCE_MS } = await readBody(c, appsBody)
    const { apps } = box.world
    Object.assign(apps.instagram, instagram)
    Object.assign(apps.facebook, facebook)
    if (webhook) {
      const { signal } = c.req.raw
      const shaken = await shakeHands(box, webhook, { patienceMs, signal })
      if (!shaken.ok) return c.json({ error: `Handshake failed: ${shaken.reason}` }, 422)
      apps.instagram.webhook = webhook
      apps.facebook.webhook = webhook
    }
    box.changes.tell()
    return c.json({ success: true })
  })
  routes.post('/remove-app', async (c) =>
    c.json(await removeApp(box, await readBody(c, removeAppBody))),
  )
  routes.post('/deauthorize', async (c) =>
    c.json(await postSignedRequest(box, 'deauthorize', await readBody(c, signedRequestBody))),
  )
  routes.post('/data-deletion', async (c) =>
    c.json(await postSignedRequest(box, 'data-deletion', await readBody(c, signedRequestBody))),
  )
  routes.post('/consent', async (c) => {
    const body = await readBody(c, consentBody)
    const read = readAuthorizeUrl(box, new URL(body.url))
    if (!read.ok) return c.json({ error: `${read.error.title}: ${read.error.text}` }, 400)
    return c.json({ redirectUrl: decide(box, read.request, body) })
  })
  return routes
}

/** Decides as if the buttons had been pressed; pages may be named by id or name. */
function decide(box: Box, request: AuthorizeRequest, body: z.infer<typeof consentBody>): string {
  if (!body.allow) return decideConsent(box, request, { allow: false })
  const { world } = box
  const { pages: named } = body
  const pages = world.pages.filter(
    ({ id, name }) => named === undefined || named.includes(id) || named.includes(name),
  )
  const accountKey =
    body.account === undefined
      ? (world.accounts[0]?.key ?? '')
      : loadAccount(world, body.account).key
  return decideConsent(box, request, {
    allow: true,
    accountKey,
    scopes: request.scopes.filter((scope) => !body.declined.includes(scope)),
    pageIds: pages.map(({ id }) => id),
  })
}
