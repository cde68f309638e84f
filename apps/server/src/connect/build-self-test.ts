import type { SelfTest } from '@parley/contract/connection.ts'
import { CAPABILITIES, capabilityStates } from '@parley/instagram/scopes.ts'
import type { AccountIdentity, SubscriptionFacts } from '#connections/schema.ts'
import type { GrantRow } from '#tokens/schema.ts'

type Check = SelfTest['checks'][number]

/** What was proven while connecting, in the order a person reads it. Whether a webhook came is seen later. */
export function buildSelfTest(input: {
  identity: AccountIdentity
  grant: GrantRow
  /** Undefined: no webhooks are needed, or the other login's stand. */
  subscription: SubscriptionFacts | undefined
  at: Date
}): SelfTest {
  const checks = [checkIdentity(input.identity), checkExpiry(input.grant), checkScopes(input.grant)]
  if (input.subscription !== undefined) checks.push(checkSubscription(input.subscription))
  return { checkedAt: input.at.toISOString(), checks }
}

function checkIdentity({ username, accountId }: AccountIdentity): Check {
  const name = username === undefined ? 'the account' : `@${username}`
  return {
    name: 'identity',
    state: 'ok',
    message: `The token speaks for ${name} (account ${accountId}).`,
  }
}

function checkExpiry(grant: GrantRow): Check {
  const day = (date: Date | null): string => date?.toISOString().slice(0, 10) ?? 'soon'
  switch (grant.expiry) {
    case 'never':
      return { name: 'expiry', state: 'ok', message: 'The page token has no end date.' }
    case 'known':
      return {
        name: 'expiry',
        state: 'ok',
        message: `The token lasts until ${day(grant.expires_at)}; it is to be renewed before that day.`,
      }
    case 'unknown':
      return {
        name: 'expiry',
        state: 'ok',
        message: `Meta named no end date; the token is to be renewed from ${day(grant.next_refresh_at)} on.`,
      }
  }
}

function checkScopes(grant: GrantRow): Check {
  const states = capabilityStates(grant.login, grant.asked_capabilities, grant.scopes)
  const missing = CAPABILITIES.filter((name) => {
    return grant.asked_capabilities.includes(name) && states[name].state !== 'on'
  })
  if (missing.length === 0) {
    return { name: 'permissions', state: 'ok', message: 'Every asked permission was given.' }
  }
  return {
    name: 'permissions',
    state: 'failed',
    message: `Not given: ${missing.join(', ')}. Connect again and leave these switched on.`,
  }
}

function checkSubscription({ isSubscribed, fields }: SubscriptionFacts): Check {
  if (isSubscribed) {
    return {
      name: 'subscription',
      state: 'ok',
      message: `Meta delivers ${fields.length} kinds of events of this account.`,
    }
  }
  return {
    name: 'subscription',
    state: 'failed',
    message: 'Meta did not confirm that it delivers this account’s events. Connect again.',
  }
}
