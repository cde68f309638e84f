import type { Ports } from '#ports/ports.ts'
import { checkGrant } from '#tokens/check-grant.ts'
import { CHECKS_AT_ONCE, claimChecks } from '#tokens/claim-checks.ts'
import { finishCheck } from '#tokens/finish-check.ts'
import { inParallel } from '#tokens/in-parallel.ts'
import { noticeSilence } from '#tokens/notice-silence.ts'
import { safely } from '#tokens/safely.ts'
import type { LeasedGrant } from '#tokens/schema.ts'
import type { Settled } from '#tokens/settle-failure.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import { updateProfile } from './store.ts'
import { watchSubscription } from './watch-subscription.ts'

type Touched = Pick<
  Ports,
  'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'
>

type Checked = 'live' | 'lost' | Settled

/**
 * The daily look at every live grant: is it accepted, what does it allow, will its webhooks come, what is the account
 * called today. Leased, so that any number of workers look at each once.
 *
 * @returns how many were looked at.
 */
export async function checkConnections(
  ports: Touched,
  scope: {
    connectionId?: string
    tenants: readonly string[] | null
    force?: boolean
    /** Asked before each batch: no more of them. */
    isOver?: () => boolean
  },
): Promise<number> {
  let checked = 0
  while (scope.isOver?.() !== true) {
    const claimed = await claimChecks(ports, scope)
    if (claimed.length === 0) return checked
    const outcomes = await inParallel(
      claimed,
      CHECKS_AT_ONCE,
      async (held) => await safely(ports, held, async () => await checkOne(ports, held)),
    )
    checked += claimed.length
    await noticeSilence(ports, claimed, outcomes)
    // A forced look is one look.
    if (scope.force === true || outcomes.includes('cut')) return checked
  }
  return checked
}

async function checkOne(ports: Touched, held: LeasedGrant): Promise<Checked> {
  const found = await checkGrant(ports, held)
  if (typeof found === 'string') return found
  const { usable, account, nextCheckAt } = found
  const { tenantId, connectionId } = usable
  if (account !== undefined) {
    const { username, name, pictureUrl, type } = account
    const isNew = await updateProfile(ports.db, {
      tenantId,
      id: connectionId,
      profile: { username: username === '' ? undefined : username, name, pictureUrl, type },
      at: new Date(ports.clock.now()),
    })
    if (isNew > 0) tellConnection(ports, tenantId, connectionId)
  }
  if (await watchSubscription(ports, usable)) await finishCheck(ports.db, usable, nextCheckAt)
  return 'live'
}
