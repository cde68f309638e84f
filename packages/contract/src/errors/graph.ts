import type { Catalogue } from './catalogue-type.ts'

/** Refusals of ours on the Graph proxy; Meta's own pass through with Meta's status and body. */
export const graphErrors = {
  'graph/path-not-allowed': {
    status: 422,
    title: 'This path is not one of the Graph API’s objects',
    hint: 'Write the path as Meta’s reference does, below the version: ids, edges, nothing encoded that leads elsewhere. Token endpoints have routes of their own here.',
  },
  'graph/parameter-not-allowed': {
    status: 422,
    title: 'A parameter of this call is not the caller’s to set',
    hint: 'Leave out access_token, appsecret_proof, client_secret, batch, method and callback, and ask for no token in `fields`: Parley signs the call itself.',
  },
  'graph/budget-exhausted': {
    status: 429,
    title: 'This connection’s share of Meta’s limits is used up',
    hint: 'Wait the seconds named in Retry-After; calling on makes Meta’s block longer.',
  },
  'graph/answer-unreadable': {
    status: 502,
    title: 'Meta answered with something that is no JSON',
    hint: 'Repeat a reading call in a minute; after a writing one look first whether Meta acted. A call that leads to a file needs `redirect=false`, and a large list a smaller `limit`.',
  },
  'graph/outcome-unknown': {
    status: 502,
    title: 'The answer was lost after the call had left',
    hint: 'Meta may have acted: read the object before you repeat the call, with another Idempotency-Key if you sent one.',
  },
} as const satisfies Catalogue
