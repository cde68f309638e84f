import type { Box } from '#box.ts'
import { loadAccount } from '#world/find.ts'
import type { Token } from '#world/tokens.ts'
import type { AppKind } from '#world/world.ts'

export type Which = { account?: string | undefined; app?: AppKind | undefined }

/** An account's own and its page's; Facebook's user tokens only when no account is named. */
export function tokensOf(box: Box, { account, app }: Which): Token[] {
  const key = account === undefined ? undefined : loadAccount(box.world, account).key
  return box.world.tokens.filter(
    (token) =>
      (app === undefined || token.app === app) &&
      (key === undefined || token.holder.accountKey === key),
  )
}
