import type { Ports } from '#ports/ports.ts'
import type { LeasedGrant } from './schema.ts'
import { takeCalls } from './store-apps.ts'
import { giveBack } from './store-due.ts'

/** Three times what a hundred thousand connections need, far less than Meta's own limits for them. */
export const CALLS_PER_APP_AND_HOUR = 24_000
/** The new token, and a look at it. */
export const CALLS_OF_REFRESH = 2
/** The rest is for refreshes alone: a day without a look harms nobody, a token that is not refreshed ends. */
export const CALLS_OF_CHECKS = 18_000

/** Takes the calls for leased grants of their apps' hours. @returns those there were calls for; the others are given back. */
export async function withinBudget(
  ports: Pick<Ports, 'db' | 'clock'>,
  held: readonly LeasedGrant[],
  work: { readonly callsEach: number; readonly isRefresh: boolean },
): Promise<LeasedGrant[]> {
  const now = new Date(ports.clock.now())
  const perHour = work.isRefresh ? CALLS_PER_APP_AND_HOUR : CALLS_OF_CHECKS
  const allowed: LeasedGrant[] = []
  for (const [appId, grants] of Map.groupBy(held, (one) => one.app_id)) {
    const count = grants.length * work.callsEach
    const taken = await takeCalls(ports.db, { appId, count, perHour, now })
    const enough = Math.floor(taken / work.callsEach)
    allowed.push(...grants.slice(0, enough))
    if (enough < grants.length) await giveBack(ports.db, grants.slice(enough))
  }
  return allowed
}

/** Counts calls of an app's hour that are made in any case: others wait for them. */
export async function countCalls(
  ports: Pick<Ports, 'db' | 'clock'>,
  { appId, count }: { readonly appId: string; readonly count: number },
): Promise<void> {
  const now = new Date(ports.clock.now())
  await takeCalls(ports.db, { appId, count, perHour: CALLS_PER_APP_AND_HOUR, now })
}
