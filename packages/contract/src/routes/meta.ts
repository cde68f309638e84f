import { z } from 'zod'
import { Delivery, DeliveryQuery } from '@parley/contract/delivery.ts'
import { listOf } from '@parley/contract/list.ts'
import { forScope } from '@parley/contract/route-entry.ts'
import type { RouteGroup } from '@parley/contract/route-entry.ts'

export const metaGroup: RouteGroup = {
  name: 'Deliveries',
  summary: 'What Meta calls, and what became of each call.',
  routes: [
    {
      method: 'GET',
      path: '/webhooks/instagram',
      summary: 'Meta’s check of the callback address',
      access: { kind: 'meta' },
      answers: { 200: { description: 'The challenge', mediaType: 'text/plain' } },
      errors: ['webhooks/verify-token-mismatch'],
    },
    {
      method: 'POST',
      path: '/webhooks/instagram',
      summary: 'Meta’s deliveries, both logins',
      notes: 'Whatever is rightly signed is stored and answered `EVENT_RECEIVED`, however odd.',
      access: { kind: 'meta' },
      answers: { 200: { description: 'Stored', mediaType: 'text/plain' } },
      errors: [
        'webhooks/signature-invalid',
        'http/invalid-json',
        'http/too-large',
        'http/unavailable',
      ],
    },
    {
      method: 'GET',
      path: '/v1/deliveries',
      summary: 'List deliveries, newest first',
      access: forScope('messages:read'),
      query: DeliveryQuery,
      answers: { 200: { description: 'One page', body: listOf(Delivery) } },
      errors: [],
    },
    {
      method: 'GET',
      path: '/v1/deliveries/{id}',
      summary: 'One delivery',
      notes: '`body` is there for callers who own every entry of it.',
      access: forScope('messages:read'),
      answers: { 200: { description: 'The delivery', body: Delivery } },
      errors: ['deliveries/not-found'],
    },
    {
      method: 'POST',
      path: '/v1/deliveries/{id}/replay',
      summary: 'Process it again',
      notes: 'Safe: what was stored before is a `duplicate` now.',
      access: forScope('operate'),
      answers: {
        202: { description: 'It waits to be processed', body: z.object({ data: z.null() }) },
      },
      errors: ['deliveries/not-found'],
    },
  ],
}
