import type { Catalogue } from './catalogue-type.ts'

/** Why a token brought along cannot become a connection. */
export const importErrors = {
  'tokens/other-app': {
    status: 422,
    title: 'This token belongs to another Meta app',
    hint: 'Import tokens of the app whose id is set here, or connect the account anew with a connect link.',
  },
  'tokens/wrong-login': {
    status: 422,
    title: 'This token is of the other login',
    hint: 'Send it with `login` `facebook` for a Facebook or page token, `instagram` for an Instagram one.',
  },
  'tokens/basic-display-ended': {
    status: 422,
    title: 'This token is of the Basic Display API, which Meta ended on 2024-12-04',
    hint: 'It cannot be renewed or converted. Send the account’s owner a connect link.',
  },
  'tokens/expired': {
    status: 422,
    title: 'Meta no longer accepts this token',
    hint: 'It has expired or was taken back. Send the account’s owner a connect link.',
  },
  'tokens/too-short': {
    status: 422,
    title: 'This page token ends within a day and cannot be extended',
    hint: 'Import the person’s user token with `pageId`, or a page token read with a long-lived user token.',
  },
  'connect/page-needed': {
    status: 422,
    title: 'This token is for several pages',
    hint: 'Name the page with `pageId`.',
  },
  'connect/duplicate-row': {
    status: 409,
    title: 'This token is in the list already',
    hint: 'Remove the row; the earlier one counts.',
  },
} as const satisfies Catalogue
