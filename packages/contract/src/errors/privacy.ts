import type { Catalogue } from './catalogue-type.ts'

export const privacyErrors = {
  'privacy/signed-request-invalid': {
    status: 403,
    title: 'The signed request is not valid',
    hint: 'Only Meta may call this address; check that the app secret here is the one in its dashboard.',
  },
  'privacy/deletion-not-found': {
    status: 404,
    title: 'There is no such deletion request',
    hint: 'Check the confirmation code; it is 32 letters and digits.',
  },
  'privacy/erasure-not-found': {
    status: 404,
    title: 'There is no such erasure',
    hint: 'Take the id from the answer that began it.',
  },
} as const satisfies Catalogue
