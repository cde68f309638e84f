export type WakeLoopOptions = {
  /** Whoever misses a wake finds the work at the next poll. */
  readonly pollMs: number
  /** Takes what is ready; returns whether it is worth looking again at once. */
  readonly work: () => Promise<boolean>
  readonly onError: (error: unknown) => void
}

/**
 * Works whenever it is woken, one run at a time, and at every poll. A wake during a run is not lost; a run that throws
 * is reported, and the next wake or poll looks again.
 */
export class WakeLoop implements AsyncDisposable {
  readonly #options: WakeLoopOptions
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor(options: WakeLoopOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.wake(), options.pollMs)
  }

  get isStopped(): boolean {
    return this.#stopped
  }

  wake(): void {
    if (this.#stopped) return
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      // A wake that came between the last look and here.
      if (this.#again) this.wake()
    })
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      try {
        while (!this.#stopped && (await this.#options.work()));
      } catch (error) {
        this.#again = false
        this.#options.onError(error)
      }
    }
  }

  /** Waits for the run in hand. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#running
  }
}
