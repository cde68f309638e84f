import type { Ports } from '#ports/ports.ts'
import { readProfiles } from './read-profiles.ts'

/** Profiles wait for everything else: at most a batch in each of these. */
const PAUSE_MS = 500

/** Reads due profiles, one small batch after the other, for as long as the process lives. */
export class ProfileReader implements AsyncDisposable {
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
      await readProfiles(this.#ports)
    } catch (error) {
      this.#ports.log.warn({ err: error }, 'profiles could not be read')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }
}
