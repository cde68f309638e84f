import type { HttpBindings } from '@hono/node-server'
import type { AppError } from '@parley/contract/app-error.ts'
import type { Context, MiddlewareHandler } from 'hono'
import type { Caller } from '#http/caller.ts'
import type { Queryable } from '#ports/database.ts'

export type KeepAnswer = (
  db: Queryable,
  answer: { readonly tenantId: string; readonly status: number; readonly body: unknown },
) => Promise<void>

/** Of an idempotent request whose work is done elsewhere, where it cannot be undone. */
export type Departure = {
  /** Called before the work leaves: whatever dies from here on, it does not leave again under the same key. */
  leave(): Promise<void>
  /** Called when it is certain that nothing was done: a repeat may try again. */
  refused(): void
  /** Called when the answer is too long to be kept: it goes out as it comes, and a repeat is told that the work had left. */
  streams(): void
}

/** What every route finds in `c.var`. */
export type AppEnv = {
  /** Empty when the app is called without a socket, as in tests. */
  Bindings: Partial<HttpBindings>
  Variables: {
    requestId: string
    /** The client's address, behind trusted proxies too. `unknown` without a socket. */
    address: string
    /** Who calls. Routes ask `requireCaller` instead of reading this. */
    caller: Caller | undefined
    /** Why the credentials that came along do not count; thrown by `requireCaller`. */
    refusal: AppError | undefined
    /** Whose answer this is, when the caller is not bound to one tenant: its key seals a kept answer. */
    tenantId: string | undefined
    /**
     * Keeps the answer of an idempotent request in the transaction that does its work, so that a repeat never does it
     * again, whatever dies when. Undefined without an Idempotency-Key.
     */
    keepAnswer: KeepAnswer | undefined
    /** Undefined without an Idempotency-Key. */
    departure: Departure | undefined
    /** The body once it was read. */
    bytes: Promise<Uint8Array<ArrayBuffer>> | undefined
  }
}

export type AppContext = Context<AppEnv>
export type AppMiddleware = MiddlewareHandler<AppEnv>
