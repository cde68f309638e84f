import { Agent, request } from 'node:http'
import { signatureOf } from '#line.ts'
import type { ShownMessage } from '#stand-in/thread-book.ts'
import { APP_ID, APP_SECRET } from '#world.ts'

/** Meta repeats at once a few times, then ever less often. */
const REPEAT_PAUSES_MS = [0, 0, 100, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000]
const DELIVERY_TIMEOUT_MS = 10_000

export type EchoPlan = {
  readonly to: string
  /** How long after the message is shown its echo leaves; 0 may overtake the send's own answer. */
  readonly delayMs: number
}

/** Tells the webhook of every message an account sent, as Meta does. */
export class Echoes {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 })
  #plan: EchoPlan | undefined
  #open = 0

  set(plan: EchoPlan | undefined): void {
    this.#plan = plan
  }

  /** Echoes that were not answered 200 yet. */
  get open(): number {
    return this.#open
  }

  echo(message: ShownMessage): void {
    const plan = this.#plan
    if (plan === undefined) return
    this.#open += 1
    const body = escaped(
      JSON.stringify({
        object: 'instagram',
        entry: [
          {
            time: message.createdMs,
            id: message.accountId,
            messaging: [
              {
                sender: { id: message.accountId },
                recipient: { id: message.igsid },
                timestamp: message.createdMs,
                message: {
                  mid: message.mid,
                  is_echo: true,
                  app_id: Number(APP_ID),
                  text: message.text,
                },
              },
            ],
          },
        ],
      }),
    )
    setTimeout(() => this.#deliver(plan.to, body, 0), plan.delayMs)
  }

  close(): void {
    this.#plan = undefined
    this.#agent.destroy()
  }

  #deliver(to: string, body: string, repeats: number): void {
    let settled = false
    const settle = (done: boolean): void => {
      if (settled) return
      settled = true
      const pauseMs = REPEAT_PAUSES_MS[repeats]
      if (done || pauseMs === undefined || this.#plan === undefined) this.#open -= 1
      else setTimeout(() => this.#deliver(to, body, repeats + 1), pauseMs)
    }
    const sending = request(
      to,
      {
        method: 'POST',
        agent: this.#agent,
        timeout: DELIVERY_TIMEOUT_MS,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-hub-signature-256': signatureOf(APP_SECRET, body),
        },
      },
      (response) => {
        response.resume()
        response.on('end', () => settle(response.statusCode === 200))
        response.on('error', () => settle(false))
      },
    )
    sending.on('timeout', () => sending.destroy())
    sending.on('error', () => settle(false))
    sending.end(body)
  }
}

/** Meta's way of writing JSON: non-ASCII as `\uXXXX`, `/` as `\/`. */
function escaped(json: string): string {
  return json
    .replaceAll('/', '\\/')
    .replaceAll(
      /[\u0080-\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}
