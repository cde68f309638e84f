import { AppError } from '@parley/contract/app-error.ts'
import type { RefusalStatus } from '@parley/contract/errors/catalogue-type.ts'
import { errors } from '@parley/contract/errors.ts'
import { internalError } from '@parley/contract/internal-error.ts'
import type { Problem } from '@parley/contract/problem.ts'
import { routePath } from 'hono/route'
import type { AppContext } from '#http/app-env.ts'
import { isPassingFailure } from '#ports/database-failure.ts'
import type { Log } from '#ports/log.ts'

/** RFC 9457. `type` is a page we serve. */
function problemOf(error: AppError, requestId: string): Problem {
  const { status, title, hint } = errors[error.code]
  return {
    type: `/errors/${error.code}`,
    title,
    status,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    code: error.code,
    hint,
    requestId,
    ...(error.fields === undefined ? {} : { fields: [...error.fields] }),
  }
}

/** One refusal as an answer. */
export function problem(c: AppContext, error: AppError): Response {
  const { status } = errors[error.code]
  return answer(c, status, problemOf(error, c.var.requestId), headersOf(error))
}

/** Anything thrown becomes an answer; a bug tells the caller nothing. */
export function problemOfThrown(c: AppContext, thrown: unknown, log: Log): Response {
  const refusal = refusalOf(c, thrown, log)
  if (refusal !== undefined) return problem(c, refusal)
  const { code, status, title, hint } = internalError
  const { requestId } = c.var
  return answer(c, status, { type: `/errors/${code}`, title, status, code, hint, requestId }, {})
}

/** What may be said of something thrown; undefined for a bug, which is logged by name and place. */
export function refusalOf(c: AppContext, thrown: unknown, log: Log): AppError | undefined {
  if (thrown instanceof AppError) return thrown
  const { requestId } = c.var
  const { method } = c.req
  // The pattern, not the path: a path may hold a link's secret.
  const route = routePath(c)
  if (isPassingFailure(thrown)) {
    log.error({ requestId, method, route, code: codeOf(thrown) }, 'database unavailable')
    return new AppError('http/unavailable', { retryAfterSeconds: 2 })
  }
  log.error({ requestId, method, route, ...traceOf(thrown) }, 'request broke')
  return undefined
}

function answer(
  c: AppContext,
  status: RefusalStatus | 500,
  document: Problem,
  headers: Record<string, string>,
): Response {
  return c.body(JSON.stringify(document), status, {
    'Content-Type': 'application/problem+json',
    ...headers,
  })
}

function headersOf(error: AppError): Record<string, string> {
  return {
    ...(errors[error.code].status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(error.retryAfterSeconds === undefined
      ? {}
      : { 'Retry-After': String(Math.max(1, Math.ceil(error.retryAfterSeconds))) }),
  }
}

/** Places in our source, without the message: a message may quote what somebody wrote. */
function traceOf(thrown: unknown): { name: string; code: string | undefined; at: string[] } {
  if (!(thrown instanceof Error)) return { name: typeof thrown, code: undefined, at: [] }
  const stack = thrown.stack ?? ''
  const at = stack
    .slice(stack.indexOf(thrown.message) + thrown.message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim())
  return { name: thrown.name, code: codeOf(thrown), at }
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined
}
