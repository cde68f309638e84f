import type { Catalogue } from './catalogue-type.ts'

/** Codes of a connect flow; the same words travel as `error=` on the return URL. */
export const connectErrors = {
  'connect/denied': {
    status: 403,
    title: 'The permission was not given',
    hint: 'Start again and press Allow when Instagram asks.',
  },
  'connect/link-expired': {
    status: 410,
    title: 'This connect link was used or is too old',
    hint: 'Ask for a new link and open it within ten minutes.',
  },
  'connect/state-mismatch': {
    status: 400,
    title: 'This answer does not belong to a connection started in this browser',
    hint: 'Continue in the browser where you started, or start again from there.',
  },
  'connect/login-not-configured': {
    status: 422,
    title: 'This login is not set up on this server',
    hint: 'Set the app id and secret of that login (INSTAGRAM_APP_ID or FACEBOOK_APP_ID), or take the other login.',
  },
  'connect/no-pages': {
    status: 422,
    title: 'This Facebook account manages no page',
    hint: 'Sign in with the Facebook account that manages the page linked to the Instagram account, or use the Instagram login.',
  },
  'connect/no-eligible-account': {
    status: 422,
    title: 'None of the pages has an Instagram account that can be used',
    hint: 'Link the Instagram professional account to its page and take on the Messages task, then start again.',
  },
  'connect/not-professional': {
    status: 422,
    title: 'This Instagram account is a personal one',
    hint: 'Switch it to a professional account in Instagram, Settings, Account type, then start again.',
  },
  'connect/permission-missing': {
    status: 422,
    title: 'A permission this connection needs was switched off',
    hint: 'Start again and leave the asked permissions on.',
  },
  'connect/app-not-allowed': {
    status: 422,
    title: 'Meta does not let this app use that account yet',
    hint: 'Accept the tester invitation in Instagram, Settings, Apps and websites; or give the app Advanced Access.',
  },
  'connect/account-taken': {
    status: 409,
    title: 'This Instagram account is already connected elsewhere',
    hint: 'Disconnect it where it is connected, then start again.',
  },
  'connect/wrong-account': {
    status: 409,
    title: 'Another Instagram account was chosen than the one to reconnect',
    hint: 'Start again and choose the account named on the card, or connect the other one as new.',
  },
  'connect/exchange-failed': {
    status: 502,
    title: 'Meta did not accept the sign-in',
    hint: 'Start again; if it repeats, compare the app id, the secret and the redirect address with Meta’s dashboard.',
  },
  'connect/subscription-failed': {
    status: 502,
    title: 'The account is connected but Meta did not confirm its messages',
    hint: 'Press Reconnect; if it repeats, check that the app is Live and its webhook fields are ticked.',
  },
  'connect/meta-unavailable': {
    status: 503,
    title: 'Meta does not answer right now',
    hint: 'Wait a minute and start again; nothing was changed.',
  },
  'connect/return-url-not-allowed': {
    status: 422,
    title: 'This return URL is not on the tenant’s list',
    hint: 'Add exactly this address to the tenant’s returnUrls, or leave returnUrl out.',
  },
  'connect/being-erased': {
    status: 409,
    title: 'What is stored of this account is being deleted',
    hint: 'The deletion takes a few moments. Connect again after it.',
  },
  'connect/candidate-expired': {
    status: 410,
    title: 'This connection was not confirmed in time',
    hint: 'Its token is destroyed. Start the connection again.',
  },
  'connect/confirmation-invalid': {
    status: 409,
    title: 'The confirmation code does not fit this connection',
    hint: 'Send the `confirm` value of the return address within ten minutes, or start again.',
  },
} as const satisfies Catalogue

export const connectionErrors = {
  'connections/not-found': {
    status: 404,
    title: 'There is no such connection',
    hint: 'List yours with GET /v1/connections.',
  },
  'tokens/needs-reauth': {
    status: 409,
    title: 'Instagram no longer accepts this connection',
    hint: 'Reconnect the account; its history and automation stay.',
  },
  'tokens/unavailable': {
    status: 503,
    title: 'Meta does not answer right now',
    hint: 'Repeat in a minute; nothing was changed.',
  },
} as const satisfies Catalogue
