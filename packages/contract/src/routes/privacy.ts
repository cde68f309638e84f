import { z } from 'zod'
import { DataDeletionAnswer, Erasure } from '@parley/contract/erasure.ts'
import { forAnybody, forScope } from '@parley/contract/route-entry.ts'
import type { RouteGroup } from '@parley/contract/route-entry.ts'

const FROM_META = ['privacy/signed-request-invalid', 'http/too-large', 'http/unavailable'] as const

export const privacyGroup: RouteGroup = {
  name: 'Privacy',
  summary: 'Consent taken back, data taken along, data erased.',
  routes: [
    {
      method: 'POST',
      path: '/webhooks/meta/deauthorize',
      summary: 'Somebody removed the app at Meta',
      notes:
        'A form with `signed_request`. Tokens of that login are destroyed at once; without another one the connection is `revoked`.',
      access: { kind: 'meta' },
      answers: {
        200: {
          description: 'Taken, also when nobody is known by that id',
          body: z.object({ success: z.literal(true) }),
        },
      },
      errors: FROM_META,
    },
    {
      method: 'POST',
      path: '/webhooks/meta/data-deletion',
      summary: 'Somebody asked Meta to have their data deleted',
      notes:
        'A form with `signed_request`. Tokens are destroyed at once, everything else by a job. Asking again gives the same code.',
      access: { kind: 'meta' },
      answers: { 200: { description: 'Where its progress stands', body: DataDeletionAnswer } },
      errors: FROM_META,
    },
    {
      method: 'GET',
      path: '/data-deletion/{code}',
      summary: 'Progress and receipt of a deletion, as a page for people',
      access: forAnybody,
      answers: { 200: { description: 'The page', mediaType: 'text/html' } },
      errors: ['privacy/deletion-not-found', 'http/rate-limited'],
    },
    {
      method: 'GET',
      path: '/v1/tenants/{tenantId}/export',
      summary: 'Everything of a tenant, as JSON Lines',
      notes:
        'One object per line, each with a `type`; contents are readable, tokens are not in it. The last line has the type `end` and counts the others: without it the export is not whole.',
      access: forScope('operate'),
      answers: { 200: { description: 'The lines', mediaType: 'application/jsonl' } },
      errors: ['tenants/not-found'],
    },
    {
      method: 'DELETE',
      path: '/v1/tenants/{tenantId}',
      summary: 'Erase a tenant',
      notes:
        'The tenant is 404 from now on. A job disconnects its accounts, destroys its keys, so that no backup of its data can be read, and deletes its rows. The audit log stays: it holds ids only. Again: the same erasure.',
      access: forScope('operate'),
      answers: { 202: { description: 'Begun', body: Erasure } },
      errors: ['tenants/not-found'],
    },
    {
      method: 'DELETE',
      path: '/v1/conversations/{id}/person',
      summary: 'Erase the person of a conversation',
      notes:
        'What was written, collected and known of them is gone at once; copies in deliveries and kept answers follow. Ids stay, so that late copies are not stored again.',
      access: forScope('messages:write'),
      answers: { 202: { description: 'Begun', body: Erasure } },
      errors: ['conversations/not-found'],
    },
    {
      method: 'GET',
      path: '/v1/erasures/{id}',
      summary: 'How far an erasure is',
      access: forScope('operate'),
      answers: { 200: { description: 'The erasure', body: Erasure } },
      errors: ['privacy/erasure-not-found'],
    },
  ],
}
