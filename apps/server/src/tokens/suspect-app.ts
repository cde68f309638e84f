import type { Ports } from '#ports/ports.ts'
import { breakApp } from './break-app.ts'
import { countLoss } from './store-apps.ts'

const TOGETHER_MS = 10 * 60_000
/** People do not leave one after the other, without anybody who stays, more often than that. */
const LOSSES_BELIEVED_MAX = 5

/**
 * Counts one more grant of the app that seems to be dead. Too many in a row, with none alive between them, are the
 * app's trouble and not theirs: then the app is paused, and nobody is believed dead until one of its grants lives.
 *
 * @returns whether the app is to blame.
 */
export async function suspectApp(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'log'>,
  { appId, grantId }: { readonly appId: string; readonly grantId: string },
): Promise<boolean> {
  const nowMs = ports.clock.now()
  const since = new Date(nowMs - TOGETHER_MS)
  const losses = await countLoss(ports.db, { appId, grantId, now: new Date(nowMs), since })
  if (losses <= LOSSES_BELIEVED_MAX) return false
  await breakApp(ports, { appId, reason: 'suspect' })
  return true
}
