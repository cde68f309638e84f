import { AccessToken, Connection } from '@parley/contract/connection.ts'
import { ImportAnswer, ImportBody } from '@parley/contract/import.ts'
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
      'Parameters in the query, a form or JSON, at most 1 MiB. Audited. A message sent this way counts as one written in the Instagram app: its echo brings it to the inbox and pauses the automation.',
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
  summary: 'Tokens brought along, handed out, and used beyond Parley’s own routes.',
  routes: [
    {
      method: 'POST',
      path: '/v1/connections/import',
      summary: 'Import a token, or many',
      notes:
        'Proven at Meta before it is kept: this app’s, alive, and whose. Short-lived tokens are exchanged. An account that is live here stays as it is. One object is answered with its connection (200 when nothing changed) or a problem; a list, or `rows` with at most 50, with what became of each row. For more rows: `parley connections import`.',
      access: forScope('connect'),
      body: ImportBody,
      answers: {
        200: {
          description: 'What became of each row, or the connection as it was',
          body: ImportAnswer,
        },
        201: { description: 'The connection', body: Connection },
      },
      errors: [
        'tenants/not-found',
        'tokens/other-app',
        'tokens/wrong-login',
        'tokens/basic-display-ended',
        'tokens/expired',
        'tokens/too-short',
        'connect/page-needed',
        'connect/account-taken',
        'connect/wrong-account',
        'connect/no-pages',
        'connect/no-eligible-account',
        'connect/not-professional',
        'connect/permission-missing',
        'connect/app-not-allowed',
        'connect/login-not-configured',
        'connect/exchange-failed',
        'connect/subscription-failed',
        'connect/meta-unavailable',
      ],
    },
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
