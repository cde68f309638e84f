import type { Ports } from '#ports/ports.ts'
import { breakApp } from './break-app.ts'
import type { UsableGrant } from './schema.ts'
import { countLoss, openingsOf } from './store-apps.ts'

const TOGETHER_MS = 10 * 60_000
/** People do not leave one after the other, without anybody who stays, more often than that. */
const LOSSES_BELIEVED_MAX = 5
/** After so many probes in vain, some five hours, nobody is left to wait for: one is believed with each. */
const OPENINGS_BELIEVED = 12

/**
 * Counts one more person who seems to have left. Too many in a row, with nobody who stays between them, are the app's
 * trouble and not theirs: then the app is paused, and nobody is believed gone until a grant lives, or every probe of some
 * hours said the same.
 *
 * @returns whether the app is to blame.
 */
export async function suspectApp(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'log'>,
  { appId, grantId, personId }: Pick<UsableGrant, 'appId' | 'grantId' | 'personId'>,
): Promise<boolean> {
  const nowMs = ports.clock.now()
  const since = new Date(nowMs - TOGETHER_MS)
  const who = personId ?? grantId
  const losses = await countLoss(ports.db, { appId, who, now: new Date(nowMs), since })
  if (losses <= LOSSES_BELIEVED_MAX) return false
  const isProven = (await openingsOf(ports.db, appId)) >= OPENINGS_BELIEVED
  await breakApp(ports, { appId, reason: 'suspect' })
  return !isProven
}
