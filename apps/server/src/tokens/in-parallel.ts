/** Runs `work` for every item, at most `atOnce` at a time; results in the items' order. The first throw ends it. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const run = async (): Promise<void> => {
    while (next < items.length) {
      const n = next
      next += 1
      // `n` is below the length, and items have no holes.
      results[n] = await work(items[n] as Item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, run))
  return results
}
