import { z } from 'zod'
import {
  HostEndpoint,
  HostEndpointChange,
  HostEndpointQuery,
  HostEndpointRequest,
  HostEndpointWithSecret,
  RolledSecret,
} from '@parley/contract/host-endpoint.ts'
import {
  HostEvent,
  HostEventQuery,
  HostEventReplayRequest,
  HostEventsReplayed,
  HostEventsReplayRequest,
} from '@parley/contract/host-event.ts'
import { listOf } from '@parley/contract/list.ts'
import { forScope } from '@parley/contract/route-entry.ts'
import type { RouteEntry, RouteGroup } from '@parley/contract/route-entry.ts'

const operate = forScope('operate')
const replayed = z.object({ replayed: z.number().int() })

const endpointRoutes: readonly RouteEntry[] = [
  {
    method: 'POST',
    path: '/v1/host-endpoints',
    summary: 'Say where events are to be sent',
    notes:
      '`secret` is in this answer and nowhere else. Verify with any Standard Webhooks library. Public https addresses only, unless HOST_PRIVATE_TARGETS names it.',
    access: operate,
    body: HostEndpointRequest,
    answers: { 201: { description: 'The endpoint and its secret', body: HostEndpointWithSecret } },
    errors: ['tenants/not-found', 'host-endpoints/url-not-allowed', 'host-endpoints/too-many'],
  },
  {
    method: 'GET',
    path: '/v1/host-endpoints',
    summary: 'List endpoints, newest first',
    access: operate,
    query: HostEndpointQuery,
    answers: { 200: { description: 'One page', body: listOf(HostEndpoint) } },
    errors: [],
  },
  {
    method: 'GET',
    path: '/v1/host-endpoints/{id}',
    summary: 'One endpoint',
    access: operate,
    answers: { 200: { description: 'The endpoint', body: HostEndpoint } },
    errors: ['host-endpoints/not-found'],
  },
  {
    method: 'PATCH',
    path: '/v1/host-endpoints/{id}',
    summary: 'Change its address or events, disable or enable it',
    notes:
      'What waits stays while it is disabled, and is sent when it is active again; what happens meanwhile can be replayed.',
    access: operate,
    body: HostEndpointChange,
    answers: { 200: { description: 'The endpoint', body: HostEndpoint } },
    errors: ['host-endpoints/not-found', 'host-endpoints/url-not-allowed'],
  },
  {
    method: 'DELETE',
    path: '/v1/host-endpoints/{id}',
    summary: 'Stop sending events there',
    notes: 'At once; what waits is not sent.',
    access: operate,
    answers: { 200: { description: 'Gone', body: z.object({ data: z.null() }) } },
    errors: ['host-endpoints/not-found'],
  },
  {
    method: 'POST',
    path: '/v1/host-endpoints/{id}/roll-secret',
    summary: 'Make a new secret',
    notes: 'The one before signs beside it for 24 hours.',
    access: operate,
    answers: { 200: { description: 'The new secret, shown once', body: RolledSecret } },
    errors: ['host-endpoints/not-found'],
  },
]

const eventRoutes: readonly RouteEntry[] = [
  {
    method: 'GET',
    path: '/v1/host-events',
    summary: 'List events, newest first',
    notes:
      'Events of messages are kept when an endpoint wants them, all others always, for thirty days.',
    access: operate,
    query: HostEventQuery,
    answers: { 200: { description: 'One page', body: listOf(HostEvent) } },
    errors: [],
  },
  {
    method: 'GET',
    path: '/v1/host-events/{id}',
    summary: 'One event, and who was told',
    access: operate,
    answers: { 200: { description: 'The event', body: HostEvent } },
    errors: ['host-events/not-found'],
  },
  {
    method: 'POST',
    path: '/v1/host-events/{id}/replay',
    summary: 'Send an event again',
    notes: 'With the same id, so that a receiver can tell. One that still waits is sent once.',
    access: operate,
    body: HostEventReplayRequest,
    answers: { 202: { description: 'To how many endpoints', body: replayed } },
    errors: ['host-events/not-found', 'host-endpoints/not-found', 'host-endpoints/disabled'],
  },
  {
    method: 'POST',
    path: '/v1/host-events/replay',
    summary: 'Send the events of a time again',
    notes: 'Oldest first, a thousand events a call; `nextCursor` goes on.',
    access: operate,
    body: HostEventsReplayRequest,
    answers: { 202: { description: 'How many deliveries wait now', body: HostEventsReplayed } },
    errors: ['host-endpoints/not-found', 'host-endpoints/disabled'],
  },
]

export const hostEventGroup: RouteGroup = {
  name: 'Host events',
  summary: 'What your own server is told, signed, in order and until it answers.',
  routes: [...endpointRoutes, ...eventRoutes],
}
