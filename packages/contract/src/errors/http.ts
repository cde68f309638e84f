import type { Catalogue } from './catalogue-type.ts'

export const httpErrors = {
  'http/invalid-json': {
    status: 400,
    title: 'The body is not valid JSON',
    hint: 'Send one JSON object with Content-Type: application/json.',
  },
  'http/invalid-fields': {
    status: 400,
    title: 'Some fields are missing or wrong',
    hint: 'Each entry of `fields` names a path and what is expected there.',
  },
  'http/not-found': {
    status: 404,
    title: 'There is nothing here',
    hint: 'Check the path and the id; /docs lists every route.',
  },
  'http/method-not-allowed': {
    status: 405,
    title: 'This path does not take that method',
    hint: 'The Allow header lists the methods it takes.',
  },
  'http/too-large': {
    status: 413,
    title: 'The body is too large',
    hint: 'Send less at once; the limit is in `detail`.',
  },
  'http/unsupported-media-type': {
    status: 415,
    title: 'The body is not JSON',
    hint: 'Send Content-Type: application/json.',
  },
  'http/idempotency-mismatch': {
    status: 409,
    title: 'This Idempotency-Key was used with another body',
    hint: 'Use a new key for a new request; repeat the old body to get the old answer.',
  },
  'http/idempotency-busy': {
    status: 409,
    title: 'The first request with this Idempotency-Key is still running',
    hint: 'Repeat after the seconds named in Retry-After to get its answer.',
  },
  'http/rate-limited': {
    status: 429,
    title: 'Too many requests',
    hint: 'Wait the seconds named in Retry-After.',
  },
  'http/unavailable': {
    status: 503,
    title: 'The service cannot store anything right now',
    hint: 'Repeat the request in a few seconds; nothing was changed.',
  },
} as const satisfies Catalogue
