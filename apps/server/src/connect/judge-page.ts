import type { Capability } from '@parley/instagram/scopes.ts'
import type { TokenInspection } from '@parley/instagram/inspect-token.ts'
import type { Page } from '@parley/instagram/read-pages.ts'
import type { Choice, UnfitReason } from './schema.ts'

/** Classic and new pages spell their tasks differently. */
const MESSAGING_TASKS = ['MESSAGING', 'PROFILE_PLUS_MESSAGING', 'PROFILE_PLUS_FULL_CONTROL']

/** A page as a choice: fit, or with the one reason that a person can do something about. */
export function judgePage(
  page: Page,
  granted: TokenInspection['granularScopes'],
  asked: readonly Capability[],
): Choice {
  return {
    pageId: page.id,
    pageName: page.name ?? page.id,
    accountId: page.account?.id ?? null,
    username: page.account?.username ?? null,
    name: page.account?.name ?? null,
    pictureUrl: page.account?.pictureUrl ?? null,
    unfit: findFault(page, granted, asked),
  }
}

function findFault(
  page: Page,
  granted: TokenInspection['granularScopes'],
  asked: readonly Capability[],
): UnfitReason | null {
  if (page.account === undefined) return 'no_instagram_account'
  // Ticked pages are named by page id or by account id; no list means all.
  const ticked = granted.find(({ scope }) => scope === 'instagram_basic')?.targetIds
  if (ticked && !ticked.includes(page.id) && !ticked.includes(page.account.id)) return 'not_granted'
  const canMessage = page.tasks.some((task) => MESSAGING_TASKS.includes(task))
  if (asked.includes('messages') && page.tasks.length > 0 && !canMessage) {
    return 'messages_task_missing'
  }
  return page.token === undefined ? 'no_page_role' : null
}
