import { signatureOf } from '#line.ts'
import { RawConnection } from '#raw-connection.ts'
import type { Status } from '#raw-connection.ts'
import type { Target } from '#request-slab.ts'
import { APP_SECRET } from '#world.ts'

/** Delivers bodies of any shape over a fixed number of connections. For tests; load is `load.ts`. */
export class Deliverer implements Disposable {
  readonly #target: Target
  readonly #idle: RawConnection[]
  readonly #all: readonly RawConnection[]
  readonly #waiting: ((connection: RawConnection) => void)[] = []

  constructor(target: Target, connections: number) {
    this.#target = target
    this.#all = Array.from({ length: connections }, () => new RawConnection(target))
    this.#idle = [...this.#all]
  }

  /** @param signature as Meta would write it, if not told otherwise; null sends none. */
  async deliver(
    body: string,
    signature: string | null = signatureOf(APP_SECRET, body),
  ): Promise<Status> {
    const { path, host, port } = this.#target
    const bytes = Buffer.from(body)
    const head =
      `POST ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: application/json\r\n` +
      (signature === null ? '' : `X-Hub-Signature-256: ${signature}\r\n`) +
      `Content-Length: ${bytes.length}\r\n\r\n`
    const connection = this.#idle.pop() ?? (await this.#next())
    const status = await new Promise<Status>((resolve) => {
      connection.send(Buffer.concat([Buffer.from(head), bytes]), resolve)
    })
    const waiter = this.#waiting.shift()
    if (waiter === undefined) this.#idle.push(connection)
    else waiter(connection)
    return status
  }

  [Symbol.dispose](): void {
    for (const connection of this.#all) connection.close()
  }

  async #next(): Promise<RawConnection> {
    return await new Promise((resolve) => this.#waiting.push(resolve))
  }
}
