import type { DatabaseSession } from '#ports/database.ts'
import { sql } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'

const BEAT_MS = 1000
/** A worker may call Meta only while its newest heartbeat is younger; others take over after five seconds. */
const FRESH_MS = 3000

/**
 * Shows that this worker lives, on a database session of its own. It is also the fence for a frozen process: one that
 * wakes up after a pause finds its heartbeat old, and makes no call.
 */
export class Heartbeat implements AsyncDisposable {
  readonly owner: string
  readonly #ports: Pick<Ports, 'db' | 'clock' | 'log'>
  #session: DatabaseSession | undefined
  /** When the newest heartbeat that was written was begun, by the monotonic clock. */
  #beganAtMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  private constructor(ports: Pick<Ports, 'db' | 'clock' | 'log'>, owner: string) {
    this.#ports = ports
    this.owner = owner
  }

  /** Resolves when the first heartbeat is written, or could not be: it goes on trying. */
  static async start(
    ports: Pick<Ports, 'db' | 'clock' | 'log'>,
    owner: string,
  ): Promise<Heartbeat> {
    const heartbeat = new Heartbeat(ports, owner)
    await heartbeat.#beat()
    return heartbeat
  }

  /**
   * Right before a call, with no `await` between. What was prepared under an older heartbeat may belong to another
   * worker by now, so `sinceMs`, when it began by the monotonic clock, must be as young.
   */
  isFresh(sinceMs = Number.POSITIVE_INFINITY): boolean {
    return this.#ports.clock.monotonicMs() - Math.min(this.#beganAtMs, sinceMs) < FRESH_MS
  }

  async #beat(): Promise<void> {
    const beganAtMs = this.#ports.clock.monotonicMs()
    try {
      this.#session ??= await this.#open()
      await this.#session.run(sql`
        insert into workers (id, seen_at) values (${this.owner}, clock_timestamp())
        on conflict (id) do update set seen_at = excluded.seen_at`)
      this.#beganAtMs = beganAtMs
    } catch (error) {
      this.#ports.log.warn({ err: error }, 'the heartbeat could not be written')
      // A session that fell silent does not come back.
      const broken = this.#session
      this.#session = undefined
      if (broken !== undefined) void Promise.allSettled([broken[Symbol.asyncDispose]()])
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#beat(), BEAT_MS)
  }

  async #open(): Promise<DatabaseSession> {
    const session = await this.#ports.db.session(() => {
      this.#session = undefined
    })
    // A heartbeat is worth nothing after a restart of the database.
    await session.run(sql`set synchronous_commit = off`)
    return session
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    try {
      // Its leases fall at once; rows of workers that died are cleaned on the way.
      await this.#session?.run(sql`
        delete from workers where id = ${this.owner} or seen_at < clock_timestamp() - interval '1 hour'`)
      await this.#session?.[Symbol.asyncDispose]()
    } catch (error) {
      this.#ports.log.warn({ err: error }, 'the heartbeat could not be taken back')
    }
  }
}
