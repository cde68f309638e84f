import { AppError } from '@parley/contract/app-error.ts'
import type { Usage } from '@parley/instagram/usage.ts'
import type { Ports } from '#ports/ports.ts'
import { setMeters, takeCall } from './store-budgets.ts'

/**
 * Above what reading an account steadily takes, far below Meta's smallest allowance of a busy one. Meta's own figure
 * follows the account's reach and is known from its headers only.
 * Source: /docs/graph-api/overview/rate-limiting, read 2026-11-20.
 */
const LIMITS = { burst: 100, perSecond: 5, slowPerSecond: 0.2 }
/** From here on Meta's meters are worth remembering. */
const SLOW_PERCENT = 80
const BLOCK_SECONDS = 60
/** An hour and four minutes: doubled no further. */
const BLOCKS_MAX = 7

type Place = { readonly tenantId: string; readonly connectionId: string }

/** A call that was taken from the budget; tell it what Meta's answer said. */
export type SpentCall = {
  /** @param answer `isThrottled`: Meta refused it for its rate. */
  settle(answer: { usage: Usage | undefined; isThrottled: boolean }): Promise<void>
}

/**
 * Takes one call of a connection's budget, which all processes share.
 *
 * @throws AppError `graph/budget-exhausted`.
 */
export async function spendCall(ports: Pick<Ports, 'db'>, place: Place): Promise<SpentCall> {
  const taken = await takeCall(ports.db.relaxed, place, LIMITS)
  if (!taken.is_granted) {
    throw new AppError('graph/budget-exhausted', { retryAfterSeconds: taken.wait_seconds })
  }
  return {
    async settle({ usage, isThrottled }) {
      const usedPercent = isThrottled ? 100 : (usage?.percent ?? 0)
      const isBlocked = isThrottled || usedPercent >= 100 || (usage?.regainMinutes ?? 0) > 0
      const isWorthAWord = usedPercent >= SLOW_PERCENT || isBlocked
      const wasSlow = taken.used_percent >= SLOW_PERCENT || taken.blocks > 0
      if (!isWorthAWord && !wasSlow) return
      const blocks = isBlocked ? Math.min(taken.blocks + 1, BLOCKS_MAX) : 0
      // Meta's own word on how long, else twice as long as the last time.
      const regainSeconds = (usage?.regainMinutes ?? 0) * 60
      const ownSeconds = BLOCK_SECONDS * 2 ** (blocks - 1)
      const blockedSeconds = isBlocked ? regainSeconds || ownSeconds : 0
      await setMeters(ports.db.relaxed, place, { usedPercent, blocks, blockedSeconds })
    },
  }
}
