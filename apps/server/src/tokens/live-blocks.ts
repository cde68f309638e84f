import type { CapabilityBlocks } from './schema.ts'

/** Meta lifts restrictions without telling; after a day a block counts as unproven and the next call may try. */
const BLOCK_MS = 24 * 60 * 60 * 1000

/** The blocks that still hold. */
export function liveBlocks(blocks: CapabilityBlocks, nowMs: number): CapabilityBlocks {
  return Object.fromEntries(
    Object.entries(blocks).filter(([, block]) => nowMs - Date.parse(block.at) < BLOCK_MS),
  )
}
