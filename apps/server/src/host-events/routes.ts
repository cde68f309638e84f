import { AppError } from '@parley/contract/app-error.ts'
import {
  HostEndpointChange,
  HostEndpointQuery,
  HostEndpointRequest,
} from '@parley/contract/host-endpoint.ts'
import {
  HostEventQuery,
  HostEventReplayRequest,
  HostEventsReplayRequest,
} from '@parley/contract/host-event.ts'
import { Hono } from 'hono'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { maySee, requireCaller, visibleTenants } from '#http/caller.ts'
import type { Caller } from '#http/caller.ts'
import { pageOf } from '#http/list.ts'
import { body, idParam, query } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { changeEndpoint } from './change-endpoint.ts'
import { createEndpoint } from './create-endpoint.ts'
import { listEndpoints } from './list-endpoints.ts'
import { listEvents } from './list-events.ts'
import { loadEndpoint } from './load-endpoint.ts'
import { loadEvent } from './load-event.ts'
import { removeEndpoint } from './remove-endpoint.ts'
import { replayEvents } from './replay-events.ts'
import { rollSecret } from './roll-secret.ts'
import type { Who } from './schema.ts'

type Touched = Pick<
  Ports,
  'db' | 'clock' | 'random' | 'vault' | 'hostHttp' | 'signals' | 'config' | 'log'
>

export function hostEventRoutes(ports: Touched): Hono<AppEnv> {
  return new Hono<AppEnv>().route('/', endpointRoutes(ports)).route('/', eventRoutes(ports))
}

function endpointRoutes(ports: Touched): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post('/v1/host-endpoints', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const request = await body(c, HostEndpointRequest)
    const tenantId = request.tenantId ?? null
    if (tenantId === null && visibleTenants(caller) !== null) {
      throw new AppError('auth/scope-missing', { detail: 'Name one of your tenants.' })
    }
    if (tenantId !== null && !maySee(caller, tenantId)) throw new AppError('tenants/not-found')
    return c.json(await createEndpoint(ports, request, whoOf(c, caller)), 201)
  })

  app.get('/v1/host-endpoints', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const { tenantId, ...rest } = query(c, HostEndpointQuery)
    return c.json(await listEndpoints(ports.db, visibleTenants(caller), tenantId, pageOf(rest)))
  })

  app.get('/v1/host-endpoints/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    return c.json(await loadEndpoint(ports.db, visibleTenants(caller), endpointId(c)))
  })

  app.patch('/v1/host-endpoints/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const change = await body(c, HostEndpointChange)
    const id = endpointId(c)
    const who = whoOf(c, caller)
    return c.json(await changeEndpoint(ports, id, visibleTenants(caller), change, who))
  })

  app.delete('/v1/host-endpoints/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    await removeEndpoint(ports, endpointId(c), visibleTenants(caller), whoOf(c, caller))
    return c.json({ data: null })
  })

  app.post('/v1/host-endpoints/:id/roll-secret', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const tenants = visibleTenants(caller)
    return c.json(await rollSecret(ports, endpointId(c), tenants, whoOf(c, caller)))
  })

  return app
}

function eventRoutes(ports: Touched): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/host-events', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const { cursor, limit, ...filter } = query(c, HostEventQuery)
    const page = pageOf({ cursor, limit })
    return c.json(await listEvents(ports, visibleTenants(caller), filter, page))
  })

  app.get('/v1/host-events/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    return c.json(await loadEvent(ports, visibleTenants(caller), eventId(c)))
  })

  app.post('/v1/host-events/replay', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const { from, to, endpointId, cursor } = await body(c, HostEventsReplayRequest)
    const toMs = to === undefined ? undefined : Date.parse(to)
    const what = { fromMs: Date.parse(from), toMs, cursor }
    const tenants = visibleTenants(caller)
    return c.json(await replayEvents(ports, { what, endpointId, tenants }, whoOf(c, caller)), 202)
  })

  app.post('/v1/host-events/:id/replay', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const { endpointId } = await body(c, HostEventReplayRequest)
    const what = { eventId: eventId(c) }
    const tenants = visibleTenants(caller)
    const { replayed } = await replayEvents(ports, { what, endpointId, tenants }, whoOf(c, caller))
    return c.json({ replayed }, 202)
  })

  return app
}

const endpointId = (c: AppContext): string => idParam(c, 'id', 'host-endpoints/not-found')
const eventId = (c: AppContext): string => idParam(c, 'id', 'host-events/not-found')

function whoOf(c: AppContext, { actor }: Caller): Who {
  return { actor, address: c.var.address, requestId: c.var.requestId }
}
