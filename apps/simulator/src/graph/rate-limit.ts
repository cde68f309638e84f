import type { Box } from '#box.ts'

/** Counts a call in a bucket; false when the bucket has had its fill within the last second. */
export function takeRate(box: Box, bucket: string, perSecond: number): boolean {
  const nowMs = box.clock.now()
  const recent = (box.world.rates.get(bucket) ?? []).filter(
    (atMs) => atMs > nowMs - 1000 && atMs <= nowMs,
  )
  const isAllowed = recent.length < perSecond
  if (isAllowed) recent.push(nowMs)
  box.world.rates.set(bucket, recent)
  return isAllowed
}
