import type { Box } from '#box.ts'
import { loadAccount } from '#world/find.ts'
import { FACEBOOK_HOLDER, dropGrant } from '#world/grants.ts'
import type { Token, TokenDeath } from '#world/tokens.ts'
import { tokensOf } from './tokens-of.ts'
import type { Which } from './tokens-of.ts'

const APP_REMOVED = 458

/** Tokens die of a subcode; with the app removed, the consent and its subscriptions are gone too. */
export function revokeTokens(box: Box, which: Which, subcode: TokenDeath['subcode']): Token[] {
  const tokens = tokensOf(box, which)
  for (const token of tokens) token.death = { subcode }
  if (subcode === APP_REMOVED) forgetConsent(box, which)
  box.changes.tell()
  return tokens
}

/** Removing the app ends the consent. On Facebook one page's removal leaves the others. */
function forgetConsent(box: Box, { account, app }: Which): void {
  const keys =
    account === undefined
      ? box.world.accounts.map(({ key }) => key)
      : [loadAccount(box.world, account).key]
  if (app !== 'facebook') for (const key of keys) dropGrant(box.world, 'instagram', key)
  if (app === 'instagram') return
  if (account === undefined) dropGrant(box.world, 'facebook', FACEBOOK_HOLDER)
  else {
    box.world.subscriptions = box.world.subscriptions.filter(
      (one) => one.app !== 'facebook' || !keys.includes(one.accountKey),
    )
  }
}
