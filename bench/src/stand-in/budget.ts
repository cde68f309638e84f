import { monotonicMs } from '#monotonic.ts'

/** Meta's calls per second and account: a bucket that holds one second's worth. */
export class CallBudget {
  readonly #perSecond: number
  readonly #accounts = new Map<string, { tokens: number; atMs: number }>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  take(accountId: string): boolean {
    const nowMs = monotonicMs()
    const account = this.#accounts.get(accountId) ?? { tokens: this.#perSecond, atMs: nowMs }
    this.#accounts.set(accountId, account)
    const refill = ((nowMs - account.atMs) / 1_000) * this.#perSecond
    account.tokens = Math.min(this.#perSecond, account.tokens + refill)
    account.atMs = nowMs
    if (account.tokens < 1) return false
    account.tokens -= 1
    return true
  }
}
