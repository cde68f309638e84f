import { Hono } from 'hono'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { callerKey, requireCaller, visibleTenants } from '#http/caller.ts'
import { rateLimit } from '#http/rate-limit.ts'
import { idParam } from '#http/read-body.ts'
import { bytes } from '#http/read-bytes.ts'
import type { Ports } from '#ports/ports.ts'
import { forwardGraph } from './forward-graph.ts'
import type { GraphHooks } from './forward-graph.ts'
import { handOutToken } from './hand-out-token.ts'
import { readTokenStatus } from './read-token-status.ts'
import type { Who } from './schema.ts'

/** A host that fetches the tokens of all its customers gets by; one that fetches them all day does not. */
const HAND_OUT = { name: 'access-token', burst: 120, perSecond: 2 }

export function tokenRoutes(ports: Ports, hooks: GraphHooks): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/connections/:id/token-status', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:read', jwt: true })
    const id = idParam(c, 'id', 'connections/not-found')
    return c.json(await readTokenStatus(ports, id, visibleTenants(caller)))
  })

  const limit = rateLimit(
    HAND_OUT,
    ports.clock,
    ({ var: { caller } }) => caller && callerKey(caller),
  )
  app.get('/v1/connections/:id/access-token', limit, async (c) => {
    const caller = requireCaller(c, { scope: 'access-token' })
    const connectionId = idParam(c, 'id', 'connections/not-found')
    const who = whoOf(c, caller.actor)
    const token = await handOutToken(ports, { connectionId, tenants: visibleTenants(caller), who })
    return c.json(token, 200, { 'Cache-Control': 'no-store' })
  })

  for (const method of ['GET', 'POST', 'DELETE'] as const) {
    app.on(method, '/v1/connections/:id/graph/:path{[^]+}', async (c) => {
      const caller = requireCaller(c, { scope: 'graph' })
      const connectionId = idParam(c, 'id', 'connections/not-found')
      const { path, query } = readTarget(c)
      const body = method === 'GET' ? undefined : await bodyOf(c)
      const answer = await forwardGraph(ports, hooks, {
        connectionId,
        tenants: visibleTenants(caller),
        who: whoOf(c, caller.actor),
        call: { method, path, query, body, contentType: c.req.header('content-type') },
        breakOff: (error) => breakOff(c, error),
        departure: c.var.departure,
      })
      return new Response(answer.body, {
        status: answer.status,
        headers: { ...answer.headers, 'Content-Type': 'application/json; charset=UTF-8' },
      })
    })
  }

  return app
}

/** The path as it came, before anything decoded or shortened it. */
function readTarget(c: AppContext): { path: string; query: URLSearchParams } {
  const asked = c.env.incoming?.url ?? new URL(c.req.url).pathname
  const [raw = ''] = asked.split('?', 1)
  const path = /^\/v1\/connections\/[^/]+\/graph(\/.*)$/.exec(raw)?.[1] ?? ''
  return { path, query: new URL(c.req.url).searchParams }
}

async function bodyOf(c: AppContext): Promise<Uint8Array | undefined> {
  const body = await bytes(c)
  return body.byteLength === 0 ? undefined : body
}

/** Thrown, the error would be written behind what is out already. */
function breakOff(c: AppContext, error: unknown): void {
  if (c.env.outgoing === undefined) throw error
  c.env.outgoing.destroy()
}

function whoOf(c: AppContext, actor: string): Who {
  return { actor, address: c.var.address, requestId: c.var.requestId }
}
