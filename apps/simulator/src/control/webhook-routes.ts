import { Hono } from 'hono'
import type { z } from 'zod'
import type { Box } from '#box.ts'
import { releaseHeld } from '#webhooks/held-entries.ts'
import { postSigned } from '#webhooks/post-entries.ts'
import { encodeWebhookBody } from '#webhooks/webhook-body.ts'
import { releaseBody, webhookBody } from './bodies.ts'
import { lastOf } from './last-of.ts'
import { readBody } from './read-body.ts'

/** Deliveries made so far, and ways to make unusual ones. */
export function webhookRoutes(box: Box): Hono {
  const routes = new Hono()
  routes.get('/webhooks', (c) => c.json({ deliveries: lastOf(c, box.outbox.deliveries) }))
  routes.delete('/webhooks', (c) => {
    box.outbox.clear()
    box.changes.tell()
    return c.json({ success: true })
  })
  routes.post('/webhooks', async (c) => {
    const body = await readBody(c, webhookBody)
    const id = await postSigned(box, {
      app: body.app,
      accountKeys: body.account === undefined ? [] : [body.account],
      kinds: [body.dashboardTest ? 'dashboard test' : body.kind],
      body: bodyText(box, body),
    })
    if (id === undefined) return c.json({ error: 'The app has no callback' }, 409)
    return c.json(box.outbox.deliveries.find((delivery) => delivery.id === id) ?? null)
  })
  routes.post('/webhooks/release', async (c) => {
    const { reverse, batch } = await readBody(c, releaseBody)
    const released = await releaseHeld(box, { isReversed: reverse, isBatched: batch })
    return c.json({ released })
  })
  return routes
}

function bodyText(box: Box, { raw, body, dashboardTest }: z.infer<typeof webhookBody>): string {
  if (raw !== undefined) return raw
  return encodeWebhookBody(dashboardTest ? dashboardTestBody(box, dashboardTest) : body)
}

/** The dashboard's Test button for `messages`: nobody's account, and a time as a string of seconds. */
function dashboardTestBody(box: Box, shape: 'changes' | 'messaging') {
  const value = {
    sender: { id: '12334' },
    recipient: { id: '23245' },
    timestamp: '1527459824',
    message: { mid: 'random_mid', text: 'random_text' },
  }
  const nowMs = box.clock.now()
  const entry =
    shape === 'changes'
      ? { id: '0', time: Math.floor(nowMs / 1000), changes: [{ field: 'messages', value }] }
      : { id: '0', time: nowMs, messaging: [value] }
  return { object: 'instagram', entry: [entry] }
}
