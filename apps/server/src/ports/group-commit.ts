import type { Clock } from '#ports/clock.ts'

/** Items waiting to be written exceed what memory may hold; nothing of this one was kept. */
export class GroupFull extends Error {
  override readonly name = 'GroupFull'
}

export type GroupLimits = {
  /** Items of one flush. */
  readonly itemsMax: number
  /** Bytes of one flush. */
  readonly bytesMax: number
  /** Bytes waiting in memory, beyond which `add` refuses. */
  readonly waitingBytesMax: number
  /** Flushes under way at once. Two: one writes while the next collects behind the other's commit. */
  readonly flushesMax: number
  /** So long a flush waits for company; left out where somebody waits for it. */
  readonly lingerMs?: number
}

type Waiting<Item> = {
  readonly item: Item
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Many writers, few commits: whatever arrives while a flush is under way is written by the next one, together.
 * An idle group flushes at once, so a lone item waits for nothing.
 *
 *     collecting ──(a flush is free)──▶ flushing ──▶ every item of it resolves, or every item rejects
 */
export class GroupCommit<Item> implements AsyncDisposable {
  readonly #flush: (items: readonly Item[]) => Promise<void>
  readonly #limits: GroupLimits
  readonly #clock: Pick<Clock, 'monotonicMs'>
  /** Waiting or being flushed. */
  #inHand = 0
  /** Their number over time, since it was last asked: items times milliseconds. */
  #inHandMs = 0
  #inHandAtMs: number
  #askedAtMs: number
  #waiting: Waiting<Item>[] = []
  #waitingBytes = 0
  #lingering: NodeJS.Timeout | undefined
  #disposed = false
  readonly #flushing = new Set<Promise<void>>()

  constructor(
    limits: GroupLimits,
    clock: Pick<Clock, 'monotonicMs'>,
    flush: (items: readonly Item[]) => Promise<void>,
  ) {
    this.#limits = limits
    this.#clock = clock
    this.#flush = flush
    this.#askedAtMs = clock.monotonicMs()
    this.#inHandAtMs = this.#askedAtMs
  }

  /**
   * Resolves once the item is committed.
   *
   * @throws GroupFull, or what the flush threw.
   */
  async add(item: Item, bytes = 1): Promise<void> {
    if (this.#waitingBytes + bytes > this.#limits.waitingBytesMax) throw new GroupFull()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ item, bytes, resolve, reject })
    this.#waitingBytes += bytes
    this.#countInHand(1)
    this.#startSoon()
    await promise
  }

  /** The mean number of items in hand, waiting or being written, since this was last asked. */
  meanInHand(): number {
    this.#countInHand(0)
    const mean = this.#inHandMs / Math.max(1, this.#inHandAtMs - this.#askedAtMs)
    this.#inHandMs = 0
    this.#askedAtMs = this.#inHandAtMs
    return mean
  }

  #countInHand(change: number): void {
    const nowMs = this.#clock.monotonicMs()
    this.#inHandMs += this.#inHand * (nowMs - this.#inHandAtMs)
    this.#inHandAtMs = nowMs
    this.#inHand += change
  }

  #startSoon(): void {
    if (this.#limits.lingerMs === undefined || this.#disposed) this.#start()
    else if (this.#waiting.length > 0) {
      this.#lingering ??= setTimeout(() => {
        this.#lingering = undefined
        this.#start()
      }, this.#limits.lingerMs)
    }
  }

  #start(): void {
    while (this.#waiting.length > 0 && this.#flushing.size < this.#limits.flushesMax) {
      const group = this.#take()
      const flushing = this.#run(group).finally(() => {
        this.#flushing.delete(flushing)
        this.#startSoon()
      })
      this.#flushing.add(flushing)
    }
  }

  #take(): Waiting<Item>[] {
    let count = 0
    let bytes = 0
    for (const waiting of this.#waiting) {
      const isOver = count >= this.#limits.itemsMax || bytes + waiting.bytes > this.#limits.bytesMax
      if (isOver && count > 0) break
      count += 1
      bytes += waiting.bytes
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  async #run(group: readonly Waiting<Item>[]): Promise<void> {
    // The items of one tick of the event loop arrive together: let them in before the statement is made.
    await Promise.resolve()
    try {
      await this.#flush(group.map((waiting) => waiting.item))
      for (const waiting of group) waiting.resolve()
    } catch (error) {
      for (const waiting of group) waiting.reject(error)
    } finally {
      this.#countInHand(-group.length)
    }
  }

  /** Waits for everything accepted so far. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    clearTimeout(this.#lingering)
    this.#start()
    while (this.#flushing.size > 0 || this.#waiting.length > 0) {
      await Promise.allSettled(this.#flushing)
    }
  }
}
