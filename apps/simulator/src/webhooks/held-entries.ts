import type { Box } from '#box.ts'
import type { EntryParcel } from './entry.ts'
import { postEntries } from './post-entries.ts'

/** How long entries are collected before they leave together or reversed. */
const COLLECT_MS = 250

/** Keeps an entry for the switches hold, reorder and batch. */
export function holdBack(box: Box, parcel: EntryParcel): void {
  const { held } = box
  held.parcels.push(parcel)
  if (box.world.switches.webhookHold) return
  held.timer ??= setTimeout(() => {
    const { webhookReorder, webhookBatch } = box.world.switches
    void releaseHeld(box, { isReversed: webhookReorder, isBatched: webhookBatch })
  }, COLLECT_MS)
}

/** Sends what was held, in order or reversed, one by one or in one POST per app. */
export async function releaseHeld(
  box: Box,
  { isReversed, isBatched }: { isReversed: boolean; isBatched: boolean },
): Promise<number> {
  const parcels = isReversed ? box.held.parcels.toReversed() : box.held.parcels
  forgetHeld(box)
  if (isBatched) {
    const byApp = Map.groupBy(parcels, (parcel) => parcel.app)
    await Promise.all([...byApp.values()].map((group) => postEntries(box, group)))
  } else {
    await Promise.all(parcels.map((parcel) => postEntries(box, [parcel])))
  }
  return parcels.length
}

export function forgetHeld(box: Box): void {
  clearTimeout(box.held.timer)
  box.held.timer = undefined
  box.held.parcels = []
}
