/** What a reason of a connection, grant or capability means, and the one thing to do about it. */
export type ReasonWords = { readonly title: string; readonly hint: string }

const RECONNECT = 'Press Reconnect; history and automation stay.'

/**
 * Every reason there is. Those of a lost login go by Meta's subcode.
 * Source of the subcodes: /docs/graph-api/guides/error-handling and /messenger-platform/error-codes, read 2026-11-20.
 */
export const reasons = {
  app_removed: {
    title: 'The app was removed in Instagram or Facebook',
    hint: `Whoever removed it may allow it again. ${RECONNECT}`,
  },
  deauthorized: {
    title: 'The app was removed in Instagram or Facebook',
    hint: `Whoever removed it may allow it again. ${RECONNECT}`,
  },
  data_deletion: {
    title: 'The account asked Meta to delete its data',
    hint: 'Everything of it is erased here. It can be connected anew once that is done.',
  },
  checkpoint: {
    title: 'Meta wants to see a security check',
    hint: 'Sign in to Instagram or Facebook, clear the check, then press Reconnect.',
  },
  password_changed: {
    title: 'The password was changed or the session ended',
    hint: RECONNECT,
  },
  expired: {
    title: 'Access has ended',
    hint: `Messages still arrive, nothing is sent. ${RECONNECT}`,
  },
  unconfirmed_person: {
    title: 'The person’s account at Meta is not confirmed',
    hint: 'Confirm it in Instagram or Facebook, then press Reconnect.',
  },
  token_invalid: {
    title: 'Instagram no longer accepts this connection',
    hint: `Messages still arrive, nothing is sent. ${RECONNECT}`,
  },
  page_role_lost: {
    title: 'Who connected it has no role on the page any more',
    hint: 'Somebody who manages the page must press Reconnect.',
  },
  inactive: {
    title: 'The permission lapsed after ninety days without use',
    hint: RECONNECT,
  },
  page_unlinked: {
    title: 'The page is no longer linked to the Instagram account',
    hint: 'Link them again in the page’s settings, then press Reconnect.',
  },
  page_link_unverified: {
    title: 'Meta cannot verify the link of page, account and person',
    hint: 'Turn on two-factor sign-in, link page and account again, then press Reconnect.',
  },
  token_unreadable: {
    title: 'The token cannot be opened here',
    hint: 'A key is missing, or the value was changed. Press Reconnect; history and automation stay.',
  },
  token_destroyed: {
    title: 'The token was destroyed',
    hint: RECONNECT,
  },
  not_checked_recently: {
    title: 'Not checked for a day and a half',
    hint: 'Meta could not be asked, so the state shown may be old. It is checked again by itself.',
  },
  exchange_repeats: {
    title: 'Meta has not finished the sign-in yet',
    hint: 'It is repeated by itself; nothing has to be done.',
  },
  candidate_expired: {
    title: 'It was not confirmed in time',
    hint: 'Its token is destroyed. Press Reconnect to start again.',
  },
  not_requested: {
    title: 'It was not asked for',
    hint: 'Connect again with this capability to ask for it.',
  },
  permission_not_granted: {
    title: 'The permission was not given',
    hint: 'Press Reconnect and leave the permission switched on.',
  },
  permission_withdrawn: {
    title: 'Meta refuses it: a permission, a role or the app’s access is missing',
    hint: 'Press Reconnect; if it stays, check the app’s access level and tester roles in Meta’s dashboard.',
  },
  message_access_off: {
    title: 'Message access is switched off for connected tools',
    hint: 'In Instagram: Settings, Messages and story replies, Message controls, Connected tools, Allow access.',
  },
  account_restricted: {
    title: 'Meta has restricted the account',
    hint: 'Open Instagram and follow what it says under Account status.',
  },
} as const satisfies Record<string, ReasonWords>

/** Undefined for a reason newer than this table. */
export function explainReason(reason: string): ReasonWords | undefined {
  const all: Readonly<Record<string, ReasonWords>> = reasons
  return Object.hasOwn(all, reason) ? all[reason] : undefined
}
