import type { Ports } from '#ports/ports.ts'
import { readMissingLines } from './read-missing-lines.ts'

const PAUSE_MS = 2000

/** Reads messages that never came, one small batch after the other, for as long as the process lives. */
export class MissingLineReader implements AsyncDisposable {
  readonly #ports: Ports
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(ports: Ports) {
    this.#ports = ports
    this.#schedule()
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#running = this.#read().finally(() => this.#schedule())
    }, PAUSE_MS)
  }

  async #read(): Promise<void> {
    try {
      await readMissingLines(this.#ports)
    } catch (error) {
      this.#ports.log.warn({ err: error }, 'messages that never came could not be read')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }
}
