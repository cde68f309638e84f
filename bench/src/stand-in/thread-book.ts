import { monotonicMs } from '#monotonic.ts'
import type { VisibleReply } from '#checker.ts'
import { tokensIn } from '#line.ts'

/** One message in a person's thread. */
export type ShownMessage = VisibleReply & {
  readonly mid: string
  /** Meta's wall clock when it was shown. */
  readonly createdMs: number
}

/** One request to send, whatever became of it. */
export type SendAttempt = {
  readonly atMs: number
  readonly accountId: string
  readonly igsid: string
  readonly text: string
  readonly outcome: string
}

export type ThreadSummary = { readonly igsid: string; readonly messages: readonly ShownMessage[] }

/** What people see, and an append-only record of how it came about. */
export class ThreadBook {
  readonly #history: ShownMessage[] = []
  readonly #attempts: SendAttempt[] = []
  readonly #byAccount = new Map<string, Map<string, ShownMessage[]>>()
  readonly #byMid = new Map<string, ShownMessage>()
  readonly #watchers = new Set<(message: ShownMessage) => void>()
  readonly #readsPerKind = new Map<string, number>()
  #serial = 0
  #tokens = 0
  /** Added to the wall clock of what is shown. */
  clockOffsetMs = 0

  show(accountId: string, igsid: string, text: string): ShownMessage {
    this.#serial += 1
    const mid = `aWdfU1RBTkRJTjoxNzg0MTQwMDAwMDAwMDAwMTozNDAyODIzNjY4NDE3MTAzMDEyNDQ${this.#serial}`
    const createdMs = Date.now() + this.clockOffsetMs
    const message = { accountId, igsid, text, mid, createdMs, atMs: monotonicMs() }
    this.#history.push(message)
    this.#tokens += tokensIn(text).length
    this.#byMid.set(mid, message)
    this.threadOf(accountId, igsid).push(message)
    for (const watcher of this.#watchers) watcher(message)
    return message
  }

  attempted(attempt: SendAttempt): void {
    this.#attempts.push(attempt)
  }

  countRead(kind: string): void {
    this.#readsPerKind.set(kind, (this.#readsPerKind.get(kind) ?? 0) + 1)
  }

  threadOf(accountId: string, igsid: string): ShownMessage[] {
    const threads = this.#byAccount.get(accountId) ?? new Map<string, ShownMessage[]>()
    this.#byAccount.set(accountId, threads)
    const thread = threads.get(igsid) ?? []
    threads.set(igsid, thread)
    return thread
  }

  /** Newest first. */
  threads(accountId: string): ThreadSummary[] {
    const newest = ({ messages }: ThreadSummary): number => messages.at(-1)?.atMs ?? 0
    return [...(this.#byAccount.get(accountId) ?? [])]
      .filter(([, messages]) => messages.length > 0)
      .map(([igsid, messages]) => ({ igsid, messages }))
      .toSorted((a, b) => newest(b) - newest(a))
  }

  /** Tokens in everything shown. */
  get tokens(): number {
    return this.#tokens
  }

  byMid(mid: string): ShownMessage | undefined {
    return this.#byMid.get(mid)
  }

  onShown(watcher: (message: ShownMessage) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  record(): {
    shown: readonly ShownMessage[]
    attempts: readonly SendAttempt[]
    reads: Record<string, number>
  } {
    const reads = Object.fromEntries(this.#readsPerKind)
    return { shown: this.#history, attempts: this.#attempts, reads }
  }

  clear(): void {
    this.#history.length = 0
    this.#tokens = 0
    this.#attempts.length = 0
    this.#byAccount.clear()
    this.#byMid.clear()
    this.#readsPerKind.clear()
  }
}
