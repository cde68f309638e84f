import { AccessToken } from '@parley/contract/connection.ts'
import { forScope } from '@parley/contract/route-entry.ts'
import type { RouteEntry, RouteGroup } from '@parley/contract/route-entry.ts'

const graphErrors = [
  'connections/not-found',
  'tokens/needs-reauth',
  'tokens/unavailable',
  'graph/path-not-allowed',
  'graph/parameter-not-allowed',
  'graph/budget-exhausted',
  'graph/answer-unreadable',
  'graph/outcome-unknown',
] as const

const answers = { 200: { description: 'What Meta answered', mediaType: 'application/json' } }
const access = forScope('graph')
const path = '/v1/connections/{id}/graph/{path}'

/** One path, each method as Meta means it. */
const graphRoutes: readonly RouteEntry[] = [
  {
    method: 'GET',
    path,
    summary: 'Any reading Graph call, signed by Parley',
    notes:
      '`path` is Meta’s, with or without its version: `me/media?fields=id`. Goes to graph.instagram.com or graph.facebook.com, by the connection’s login, within its call budget. Status and body are Meta’s own, errors too; tokens are taken out of the body, and `paging.next` leads back here.',
    access,
    answers,
    errors: graphErrors,
  },
  {
    method: 'POST',
    path,
    summary: 'Any writing Graph call',
    notes:
      'Parameters in the query, a form or JSON, at most 1 MiB. Audited. A message sent this way is not in the inbox until its echo arrives.',
    access,
    answers,
    errors: [...graphErrors, 'http/invalid-json', 'http/unsupported-media-type'],
  },
  {
    method: 'DELETE',
    path,
    summary: 'Any deleting Graph call',
    access,
    answers,
    errors: [...graphErrors, 'http/invalid-json', 'http/unsupported-media-type', 'http/too-large'],
  },
]

export const handOutGroup: RouteGroup = {
  name: 'Tokens and Graph',
  summary: 'What a connection’s token can do beyond Parley’s own routes.',
  routes: [
    {
      method: 'GET',
      path: '/v1/connections/{id}/access-token',
      summary: 'The token itself',
      notes:
        'For a scope of its own, audited each time, at most two a second per key. Fetch it when you need it: it changes with every refresh.',
      access: forScope('access-token'),
      answers: { 200: { description: 'The token in use', body: AccessToken } },
      errors: ['connections/not-found', 'tokens/needs-reauth'],
    },
    ...graphRoutes,
  ],
}
