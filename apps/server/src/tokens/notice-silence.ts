import type { Ports } from '#ports/ports.ts'
import { breakApp } from './break-app.ts'
import type { LeasedGrant } from './schema.ts'
import { openingsOf } from './store-apps.ts'

/** Fewer may be an account's own trouble. */
const SILENCES_MIN = 3

/**
 * Pauses an app when Meta answered for none of its grants: asking for the others says nothing new. The one grant that was
 * to show whether it is over is enough.
 *
 * @param outcomes one per grant, in their order.
 */
export async function noticeSilence(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'log'>,
  held: readonly LeasedGrant[],
  outcomes: readonly string[],
): Promise<void> {
  const asked = held.map(({ app_id: appId }, n) => ({
    appId,
    isSilent: outcomes[n] === 'unreachable',
  }))
  for (const [appId, some] of Map.groupBy(asked, (one) => one.appId)) {
    if (!some.every(({ isSilent }) => isSilent)) continue
    const isEnough = some.length >= SILENCES_MIN || (await openingsOf(ports.db, appId)) > 0
    if (isEnough) await breakApp(ports, { appId, reason: 'unreachable' })
  }
}
