import type { Box } from '#box.ts'
import { metaUrls } from '#meta-urls.ts'
import { effectiveGrant } from '#world/grants.ts'
import { appKinds } from '#world/world.ts'
import type { Account, AppKind, MetaApp } from '#world/world.ts'

/** All there is to see, secrets and token texts left out. */
export function readState(box: Box) {
  const { world, clock } = box
  return {
    url: box.url,
    urls: metaUrls(box.url),
    clock: { nowMs: clock.now(), now: new Date(clock.now()).toISOString() },
    apps: { instagram: readApp(world.apps.instagram), facebook: readApp(world.apps.facebook) },
    accounts: world.accounts.map((account) => readAccount(box, account)),
    people: world.people.map((person) => ({ ...person, pictureUrl: pictureOf(person) })),
    pages: world.pages,
    facebookUser: world.facebookUser,
    switches: world.switches,
    faults: world.faults,
    heldWebhooks: box.held.parcels.length,
  }
}

const pictureOf = ({ key, hasPicture }: { key: string; hasPicture: boolean }) =>
  hasPicture ? `/cdn/people/${key}.svg` : null

function readApp(app: MetaApp) {
  const { secret, ...shown } = app
  return {
    ...shown,
    hasSecret: secret !== '',
    webhook: app.webhook && { callbackUrl: app.webhook.callbackUrl },
  }
}

function readAccount(box: Box, account: Account) {
  const { media: _, ...known } = account
  const logins = Object.fromEntries(appKinds.map((app) => [app, readLogin(box, app, account)]))
  return {
    ...known,
    pictureUrl: `/cdn/accounts/${account.key}.svg`,
    connected: Object.values(logins).some((login) => login !== null && login.isSubscribed),
    logins,
  }
}

/** What one app holds of an account; null when it never asked or was removed. */
function readLogin(box: Box, app: AppKind, account: Account) {
  const { world, clock } = box
  const grant = effectiveGrant(world, app, account)
  const isSubscribed = world.subscriptions.some(
    (subscription) => subscription.app === app && subscription.accountKey === account.key,
  )
  if (!grant && !isSubscribed) return null
  const tokens = world.tokens
    .filter((token) => token.app === app && token.holder.accountKey === account.key)
    .map((token) => ({
      kind: token.kind,
      issuedAtMs: token.issuedAtMs,
      expiresAtMs: token.expiresAtMs,
      isAlive:
        token.death === null && (token.expiresAtMs === null || clock.now() < token.expiresAtMs),
      deathSubcode: token.death?.subcode ?? null,
    }))
  return { scopes: grant?.scopes ?? [], isSubscribed, tokens }
}
