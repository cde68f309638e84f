import type { Account, AppKind, Grant, World } from './world.ts'

export const FACEBOOK_HOLDER = 'facebook-user'

export function findGrant(world: World, app: AppKind, holderKey: string): Grant | undefined {
  return world.grants.find((grant) => grant.app === app && grant.holderKey === holderKey)
}

/** The consent that covers an account: its own, or the Facebook user's with the account's page ticked. */
export function effectiveGrant(world: World, app: AppKind, account: Account): Grant | undefined {
  if (app === 'instagram') return findGrant(world, app, account.key)
  const grant = findGrant(world, app, FACEBOOK_HOLDER)
  return grant && account.pageId !== null && grant.pageIds.includes(account.pageId)
    ? grant
    : undefined
}

export function putGrant(world: World, grant: Grant): void {
  world.grants = world.grants.filter(
    (other) => other.app !== grant.app || other.holderKey !== grant.holderKey,
  )
  world.grants.push(grant)
}

/** What removing the app in Instagram's or Facebook's settings does: consent and subscriptions go. */
export function dropGrant(world: World, app: AppKind, holderKey: string): void {
  world.grants = world.grants.filter((grant) => grant.app !== app || grant.holderKey !== holderKey)
  world.subscriptions = world.subscriptions.filter(
    (subscription) =>
      subscription.app !== app || (app === 'instagram' && subscription.accountKey !== holderKey),
  )
}
