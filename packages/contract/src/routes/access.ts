import { z } from 'zod'
import { ApiKey, ApiKeyQuery, ApiKeyRequest, ApiKeyWithSecret } from '@parley/contract/api-key.ts'
import { AuditEntry, AuditExportQuery, AuditQuery } from '@parley/contract/audit.ts'
import { listOf } from '@parley/contract/list.ts'
import { Me } from '@parley/contract/me.ts'
import { SignedIn, SignInRequest, Welcome, WelcomeRequest } from '@parley/contract/operator.ts'
import { forAnybody, forScope } from '@parley/contract/route-entry.ts'
import type { RouteGroup } from '@parley/contract/route-entry.ts'

export const accessGroup: RouteGroup = {
  name: 'Access',
  summary: 'Keys for programs, sessions for operators, and the record of who did what.',
  routes: [
    {
      method: 'POST',
      path: '/v1/api-keys',
      summary: 'Make an API key',
      notes:
        '`secret` is in this answer and nowhere else. A key bound to a tenant sees nothing of others.',
      access: forScope('operate'),
      body: ApiKeyRequest,
      answers: { 201: { description: 'The key and its secret', body: ApiKeyWithSecret } },
      errors: ['tenants/not-found'],
    },
    {
      method: 'GET',
      path: '/v1/api-keys',
      summary: 'List API keys, newest first',
      access: forScope('operate'),
      query: ApiKeyQuery,
      answers: { 200: { description: 'One page', body: listOf(ApiKey) } },
      errors: [],
    },
    {
      method: 'DELETE',
      path: '/v1/api-keys/{id}',
      summary: 'Revoke an API key',
      notes: 'At once. Again the same.',
      access: forScope('operate'),
      answers: { 200: { description: 'The key, revoked', body: ApiKey } },
      errors: ['auth/key-not-found'],
    },
    {
      method: 'GET',
      path: '/v1/me',
      summary: 'The signed-in operator, and this server',
      access: { kind: 'operator' },
      answers: { 200: { description: 'Who and where', body: Me } },
      errors: [],
    },
    {
      method: 'POST',
      path: '/v1/welcome',
      summary: 'Use a one-time sign-in link',
      notes:
        'Makes the operator and signs in. Who already has the address gives the password of that operator and gains the membership.',
      access: forAnybody,
      body: WelcomeRequest,
      answers: { 201: { description: 'Signed in: the session cookie is set', body: Welcome } },
      errors: [
        'auth/sign-in-link-invalid',
        'auth/email-taken',
        'auth/origin-not-allowed',
        'http/rate-limited',
      ],
    },
    {
      method: 'POST',
      path: '/auth/sign-in/email',
      summary: 'Sign in to the dashboard',
      access: forAnybody,
      body: SignInRequest,
      answers: { 200: { description: 'Signed in: the session cookie is set', body: SignedIn } },
      errors: ['auth/sign-in-failed', 'auth/origin-not-allowed', 'http/rate-limited'],
    },
    {
      method: 'POST',
      path: '/auth/sign-out',
      summary: 'End the session',
      access: forAnybody,
      answers: {
        200: {
          description: 'The cookie is taken back',
          body: z.object({ signedOut: z.literal(true) }),
        },
      },
      errors: ['auth/origin-not-allowed'],
    },
    {
      method: 'GET',
      path: '/v1/audit-log',
      summary: 'Who did what, newest first',
      notes: 'Ids only, never content.',
      access: forScope('operate'),
      query: AuditQuery,
      answers: { 200: { description: 'One page', body: listOf(AuditEntry) } },
      errors: [],
    },
    {
      method: 'GET',
      path: '/v1/audit-log/export',
      summary: 'The audit log as JSON Lines, oldest first',
      notes: 'The same as `parley audit export`. Callers who see only some tenants name one.',
      access: forScope('operate'),
      query: AuditExportQuery,
      answers: { 200: { description: 'The lines', mediaType: 'application/jsonl' } },
      errors: ['tenants/not-found'],
    },
  ],
}
