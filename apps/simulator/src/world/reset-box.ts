import type { Box } from '#box.ts'
import { forgetHeld } from '#webhooks/held-entries.ts'
import { createWorld } from './world.ts'

/** Back to the seed: what the dashboard of Meta holds (apps, callback) stays, all that happened goes. */
export function resetBox(box: Box): void {
  box.outbox.clear()
  forgetHeld(box)
  box.clock.reset()
  box.world = createWorld(box.world.apps, box.seed, box.clock.now())
  box.changes.tell()
}
