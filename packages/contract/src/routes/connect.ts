import { Automation } from '@parley/contract/automation.ts'
import {
  ConnectSession,
  ConnectSessionQuery,
  ConnectSessionRequest,
} from '@parley/contract/connect-session.ts'
import {
  ConfirmRequest,
  Connection,
  ConnectionQuery,
  RefreshAnswer,
  SweepRequest,
  SweepResult,
  TokenStatus,
} from '@parley/contract/connection.ts'
import { listOf } from '@parley/contract/list.ts'
import { forAnybody, forScope, forScopeOrJwt } from '@parley/contract/route-entry.ts'
import type { RouteEntry, RouteGroup } from '@parley/contract/route-entry.ts'

const startErrors = [
  'tenants/not-found',
  'connections/not-found',
  'connect/login-not-configured',
  'connect/return-url-not-allowed',
  'connect/wrong-account',
] as const

/** Browsers come here from Meta; what a person sees is a page or their return address. */
const callback = (login: 'Instagram' | 'Facebook'): RouteEntry => ({
  method: 'GET',
  path: `/oauth/${login.toLowerCase()}/callback`,
  summary: `Where ${login} sends the browser back to`,
  notes:
    'Enter this address in Meta’s dashboard. It leads to the return URL with `connected=1&connection_id=…` or `connected=0&error=<code>`, to a picker, or, when the answer cannot be trusted, to a page that says so.',
  access: forAnybody,
  answers: {
    303: { description: 'To the return URL, to the picker, or to the result' },
  },
  errors: ['connect/state-mismatch', 'connect/link-expired', 'http/rate-limited'],
})

export const connectGroup: RouteGroup = {
  name: 'Connections',
  summary: 'The button, the way to Meta and back, and what is connected.',
  routes: [
    {
      method: 'POST',
      path: '/v1/connect-sessions',
      summary: 'Make a connect link',
      notes:
        'Open `url` in the browser of whoever owns the Instagram account. With a user JWT the tenant is the one the token names. Opening a link changes nothing: its form does.',
      access: forScopeOrJwt('connect'),
      body: ConnectSessionRequest,
      answers: { 201: { description: 'The link', body: ConnectSession } },
      errors: startErrors,
    },
    {
      method: 'DELETE',
      path: '/v1/connect-sessions/{id}',
      summary: 'Take a connect link back',
      notes: 'A link somebody is already on the way with no longer connects.',
      access: forScopeOrJwt('connect'),
      answers: { 204: { description: 'It leads nowhere any more' } },
      errors: ['http/not-found'],
    },
    {
      method: 'GET',
      path: '/v1/instagram/connect',
      summary: 'The same from a query',
      notes:
        'With a bearer token and `Accept: application/json` the link is answered; a signed-in operator is led straight there. `capabilities` is a comma list.',
      access: forScopeOrJwt('connect'),
      query: ConnectSessionQuery,
      answers: {
        200: { description: 'The link', body: ConnectSession },
        302: { description: 'To the link' },
      },
      errors: startErrors,
    },
    callback('Instagram'),
    callback('Facebook'),
    {
      method: 'POST',
      path: '/v1/connections/{id}/confirm',
      summary: 'Confirm a candidate',
      notes:
        'With `confirmation` `return` or `host` an account is connected only once it was confirmed. `code` is the `confirm` value of the return address, good for ten minutes.',
      access: forScopeOrJwt('connect'),
      body: ConfirmRequest,
      answers: { 200: { description: 'The connection', body: Connection } },
      errors: [
        'connections/not-found',
        'connect/candidate-expired',
        'connect/being-erased',
        'connect/confirmation-invalid',
        'connect/account-taken',
        'connect/wrong-account',
        'connect/no-eligible-account',
        'connect/app-not-allowed',
        'connect/login-not-configured',
        'connect/exchange-failed',
        'connect/subscription-failed',
        'connect/meta-unavailable',
        'tokens/needs-reauth',
      ],
    },
    {
      method: 'GET',
      path: '/v1/connections',
      summary: 'List connections, newest first',
      access: forScopeOrJwt('connections:read'),
      query: ConnectionQuery,
      answers: { 200: { description: 'One page', body: listOf(Connection) } },
      errors: ['tenants/not-found'],
    },
    {
      method: 'GET',
      path: '/v1/connections/{id}',
      summary: 'One connection',
      notes: '`status` is derived from facts; `checkedAt` says how old the newest of them is.',
      access: forScopeOrJwt('connections:read'),
      answers: { 200: { description: 'The connection', body: Connection } },
      errors: ['connections/not-found'],
    },
    {
      method: 'DELETE',
      path: '/v1/connections/{id}',
      summary: 'Disconnect',
      notes: 'Unsubscribes, destroys the token, keeps the history. Again the same.',
      access: forScopeOrJwt('connections:write'),
      answers: { 200: { description: 'The connection, disconnected', body: Connection } },
      errors: ['connections/not-found'],
    },
    {
      method: 'GET',
      path: '/v1/connections/{id}/token-status',
      summary: 'How the token is',
      access: forScopeOrJwt('connections:read'),
      answers: { 200: { description: 'Facts, never the token', body: TokenStatus } },
      errors: ['connections/not-found'],
    },
    {
      method: 'POST',
      path: '/v1/connections/{id}/refresh',
      summary: 'Refresh a connection now',
      notes:
        'Meta refreshes Instagram tokens from 24 hours of age on; under that age no call is made, and `message` says so. Else every grant and the webhook subscription are looked at too.',
      access: forScopeOrJwt('connections:write'),
      answers: {
        200: { description: 'Token status, and whether there is a new token', body: RefreshAnswer },
      },
      errors: ['connections/not-found', 'tokens/needs-reauth'],
    },
    {
      method: 'POST',
      path: '/v1/connections/{id}/check',
      summary: 'Ask Meta now how a connection is',
      notes: 'Also done once a day by itself. Repairs the webhook subscription where it got lost.',
      access: forScopeOrJwt('connections:write'),
      answers: { 200: { description: 'Token status, checked a moment ago', body: TokenStatus } },
      errors: ['connections/not-found'],
    },
    {
      method: 'POST',
      path: '/v1/connections/refresh',
      summary: 'Refresh what is due',
      notes:
        'With `force` every token Meta allows. Stops after 60 seconds; `message` says how many are left. The server does this by itself.',
      access: forScope('connections:write'),
      body: SweepRequest,
      answers: { 200: { description: 'What became of them', body: SweepResult } },
      errors: ['tenants/not-found'],
    },
    {
      method: 'GET',
      path: '/v1/connections/{id}/automation',
      summary: 'What answers this connection’s conversations',
      access: forScope('connections:read'),
      answers: { 200: { description: 'The automation', body: Automation } },
      errors: ['connections/not-found'],
    },
    {
      method: 'PUT',
      path: '/v1/connections/{id}/automation',
      summary: 'Replace it',
      notes: '`responder: null` switches the automation off.',
      access: forScope('automation:write'),
      body: Automation,
      answers: { 200: { description: 'The automation', body: Automation } },
      errors: [
        'connections/not-found',
        'automation/flow-invalid',
        'automation/responder-unavailable',
      ],
    },
  ],
}
