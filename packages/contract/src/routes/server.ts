import { z } from 'zod'
import { Alert, AlertQuery } from '@parley/contract/alert.ts'
import { listOf } from '@parley/contract/list.ts'
import { forAnybody, forScope } from '@parley/contract/route-entry.ts'
import type { RouteEntry, RouteGroup } from '@parley/contract/route-entry.ts'

const page = (path: string, summary: string): RouteEntry => ({
  method: 'GET',
  path,
  summary,
  access: forAnybody,
  answers: { 200: { description: 'A page', mediaType: 'text/html' } },
  errors: [],
})

export const serverGroup: RouteGroup = {
  name: 'Server',
  summary: 'How it is, what happens on it, and this documentation.',
  routes: [
    {
      method: 'GET',
      path: '/v1/stream',
      summary: 'What happens, as server-sent events',
      notes:
        'Each event is `{kind, id, connectionId}`; read the rest from the API. A comment every 15 seconds keeps the line open; after 15 minutes the stream ends and the browser opens it again. Read everything anew when it opens.',
      access: forScope('messages:read'),
      answers: { 200: { description: 'The stream', mediaType: 'text/event-stream' } },
      errors: [],
    },
    {
      method: 'GET',
      path: '/v1/alerts',
      summary: 'What a person must know, newest first',
      notes:
        'Once per cause. Those of the installation itself are seen by callers of all tenants only.',
      access: forScope('connections:read'),
      query: AlertQuery,
      answers: { 200: { description: 'One page', body: listOf(Alert) } },
      errors: ['tenants/not-found'],
    },
    {
      method: 'GET',
      path: '/healthz',
      summary: 'The process runs',
      access: forAnybody,
      answers: { 200: { description: 'Yes', body: z.object({ status: z.literal('ok') }) } },
      errors: [],
    },
    {
      method: 'GET',
      path: '/readyz',
      summary: 'It can store what arrives',
      access: forAnybody,
      answers: {
        200: { description: 'Yes', body: z.object({ status: z.literal('ready') }) },
        503: {
          description: 'Not now',
          body: z.object({ status: z.literal('unavailable'), reason: z.string() }),
        },
      },
      errors: [],
    },
    {
      method: 'GET',
      path: '/metrics',
      summary: 'Figures for Prometheus',
      access: forAnybody,
      answers: { 200: { description: 'Its text format', mediaType: 'text/plain' } },
      errors: [],
    },
    {
      method: 'GET',
      path: '/v1/openapi.json',
      summary: 'This API as OpenAPI 3.1',
      access: forAnybody,
      answers: {
        200: { description: 'The document', body: z.record(z.string(), z.unknown()) },
      },
      errors: [],
    },
    page('/docs', 'This API for people'),
    page('/errors', 'Every error code'),
    page('/errors/{slice}/{reason}', 'One error code: what it means and what to do'),
  ],
}
