import type { Catalogue } from './catalogue-type.ts'

export const hostEventErrors = {
  'host-endpoints/not-found': {
    status: 404,
    title: 'There is no such endpoint',
    hint: 'List them with GET /v1/host-endpoints.',
  },
  'host-endpoints/url-not-allowed': {
    status: 422,
    title: 'Events cannot be sent to this address',
    hint: 'Use a public https:// address. One inside your network is allowed by HOST_PRIVATE_TARGETS.',
  },
  'host-endpoints/disabled': {
    status: 409,
    title: 'This endpoint is disabled',
    hint: 'Mend what answers there, then PATCH it with `{"state": "active"}`.',
  },
  'host-endpoints/too-many': {
    status: 409,
    title: 'There are too many endpoints',
    hint: 'Delete those nobody listens on any more.',
  },
  'host-events/not-found': {
    status: 404,
    title: 'There is no such event',
    hint: 'List them with GET /v1/host-events; they are kept for thirty days.',
  },
} as const satisfies Catalogue
