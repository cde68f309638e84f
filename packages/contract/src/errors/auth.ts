import type { Catalogue } from './catalogue-type.ts'

export const authErrors = {
  'auth/required': {
    status: 401,
    title: 'Sign in first',
    hint: 'Send Authorization: Bearer with an API key or a user JWT, or sign in to the dashboard.',
  },
  'auth/invalid-key': {
    status: 401,
    title: 'This API key or token is not valid',
    hint: 'Check that the key was copied whole and was not revoked; a JWT needs exp, the right signature, aud and iss.',
  },
  'auth/token-in-url': {
    status: 400,
    title: 'A token does not belong in a URL',
    hint: 'Send it in the Authorization header, and replace this one: URLs end up in logs.',
  },
  'auth/scope-missing': {
    status: 403,
    title: 'This key may not do that',
    hint: 'Use a key that has the scope named in `detail`.',
  },
  'auth/instance-only': {
    status: 403,
    title: 'Only owners of the whole server may do that',
    hint: 'Ask an owner who is bound to no tenant, or use a key that is bound to none.',
  },
  'auth/origin-not-allowed': {
    status: 403,
    title: 'This request comes from another site',
    hint: 'Use the dashboard itself, or an API key.',
  },
  'auth/sign-in-link-invalid': {
    status: 410,
    title: 'This sign-in link was used or is too old',
    hint: 'Run `parley operators link` on the server for a new one.',
  },
  'auth/jwks-unavailable': {
    status: 503,
    title: 'The keys that prove user JWTs cannot be read right now',
    hint: 'Repeat in a few seconds; if it stays, check that this server reaches HOST_JWKS_URL.',
  },
  'auth/sign-in-failed': {
    status: 401,
    title: 'E-mail address or password is wrong',
    hint: 'Try again; who lost the password asks for a sign-in link (`parley operators link`).',
  },
  'auth/email-taken': {
    status: 409,
    title: 'There is already an operator with this e-mail address',
    hint: 'Give that operator’s own password, or take another address.',
  },
  'auth/key-not-found': {
    status: 404,
    title: 'There is no such API key',
    hint: 'List yours with GET /v1/api-keys.',
  },
} as const satisfies Catalogue

export const tenantErrors = {
  'tenants/unknown': {
    status: 403,
    title: 'This token names a tenant nobody created',
    hint: 'Create it with PUT /v1/tenants/{tenantId}, or set HOST_JWT_CREATES_TENANTS=true.',
  },
  'tenants/not-found': {
    status: 404,
    title: 'There is no such tenant',
    hint: 'Create it with PUT /v1/tenants/{tenantId}.',
  },
  'tenants/being-erased': {
    status: 409,
    title: 'This tenant is being erased',
    hint: 'Wait until its erasure is done, or take another id.',
  },
  'tenants/return-url-invalid': {
    status: 422,
    title: 'A return URL is not acceptable',
    hint: 'Give whole https addresses (http only on loopback) without user info, fragment or wildcard.',
  },
} as const satisfies Catalogue
