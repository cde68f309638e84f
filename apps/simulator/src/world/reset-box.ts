import type { Box } from '#box.ts'
import { forgetHeld } from '#webhooks/held-entries.ts'

/** Back to how the simulator started: seed, apps and callback stay, everything that happened goes. */
export function resetBox(box: Box): void {
  box.outbox.clear()
  forgetHeld(box)
  box.clock.reset()
  box.world = box.freshWorld()
  box.changes.tell()
}
