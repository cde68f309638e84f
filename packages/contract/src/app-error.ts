import { errors } from './errors.ts'
import type { ErrorCode } from './errors.ts'

/** A refusal the caller can act on. Everything else thrown is a bug. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  /** Bad input, path by path. */
  readonly fields: readonly { path: string; message: string }[] | undefined
  /** One sentence about this very case; never a secret, never somebody's text. */
  readonly detail: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    options: {
      detail?: string
      fields?: readonly { path: string; message: string }[]
      retryAfterSeconds?: number
      cause?: unknown
    } = {},
  ) {
    super(errors[code].title, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail
    this.fields = options.fields
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
