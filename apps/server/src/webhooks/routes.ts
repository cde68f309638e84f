import { AppError } from '@parley/contract/app-error.ts'
import { DeliveryQuery } from '@parley/contract/delivery.ts'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { requireCaller, visibleTenants } from '#http/caller.ts'
import { listOfRows, pageOf } from '#http/list.ts'
import { query } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { listDeliveries } from './list-deliveries.ts'
import { loadDelivery } from './load-delivery.ts'
import { createNoteHandshake } from './note-handshake.ts'
import { answerChallenge, bodyReader, createReceiveDelivery } from './receive-delivery.ts'
import { replayDelivery } from './replay-delivery.ts'

const RECEIVED = 'EVENT_RECEIVED'

/** Straight onto the socket, when there is one: an answer object and its headers cost more than the signature. */
function answerKept(c: AppContext): Response {
  const { outgoing } = c.env
  if (outgoing === undefined || outgoing.headersSent) return c.text(RECEIVED)
  outgoing.writeHead(200, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': RECEIVED.length,
    'X-Request-Id': c.var.requestId,
  })
  outgoing.end(RECEIVED)
  return RESPONSE_ALREADY_SENT
}

/** Meta's door. The hot path: nothing but the signature and the commit. */
export function webhookRoutes(ports: Ports): Hono<AppEnv> {
  const receive = createReceiveDelivery(ports)
  const noteHandshake = createNoteHandshake(ports)
  const app = new Hono<AppEnv>()

  app.get('/webhooks/instagram', async (c) => {
    const challenge = answerChallenge(ports, {
      mode: c.req.query('hub.mode'),
      token: c.req.query('hub.verify_token'),
      challenge: c.req.query('hub.challenge'),
    })
    await noteHandshake({
      isRight: challenge !== undefined,
      challenge,
      address: c.var.address,
      requestId: c.var.requestId,
    })
    if (challenge === undefined) throw new AppError('webhooks/verify-token-mismatch')
    return c.text(challenge)
  })

  app.post('/webhooks/instagram', async (c) => {
    const incoming = c.env.incoming
    const result = await receive({
      signature:
        incoming === undefined
          ? c.req.header('x-hub-signature-256')
          : incoming.headers['x-hub-signature-256'],
      address: c.var.address,
      requestId: c.var.requestId,
      body: bodyReader(incoming, () => c.req.raw),
    })
    if (result === 'kept') return answerKept(c)
    if (result === 'flood') c.header('Connection', 'close')
    throw new AppError('webhooks/signature-invalid')
  })
  return app
}

export function deliveryRoutes(ports: Ports): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/deliveries', async (c) => {
    const caller = requireCaller(c, { scope: 'messages:read' })
    const { state, ...rest } = query(c, DeliveryQuery)
    const page = pageOf(rest)
    const rows = await listDeliveries(ports, {
      tenants: visibleTenants(caller),
      state,
      after: page.after,
      limit: page.limit + 1,
    })
    return c.json(
      listOfRows(
        rows,
        page,
        ({ row }) => ({ at: row.received_at, id: `${row.id}.${row.part}` }),
        ({ delivery }) => delivery,
      ),
    )
  })

  app.get('/v1/deliveries/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'messages:read' })
    return c.json(await loadDelivery(ports, c.req.param('id'), visibleTenants(caller)))
  })

  app.post('/v1/deliveries/:id/replay', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    await replayDelivery(ports, c.req.param('id'), visibleTenants(caller), {
      actor: caller.actor,
      address: c.var.address,
      requestId: c.var.requestId,
    })
    return c.json({ data: null }, 202)
  })
  return app
}
