import { AppError } from '@parley/contract/app-error.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { LoginNotConfigured } from '@parley/instagram/graph-context.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'

/**
 * Meta's refusal during a connect, as one of ours. Anything that is neither Meta's nor the network's is thrown on.
 *
 * @returns AppError `connect/meta-unavailable`, `connect/app-not-allowed`, `connect/exchange-failed`,
 *   `connect/login-not-configured`.
 */
export function mapMetaFailure(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof LoginNotConfigured) {
    return new AppError('connect/login-not-configured', { cause: error })
  }
  if (error instanceof HttpFailure) {
    const code =
      error.phase === 'too_large' ? 'connect/exchange-failed' : 'connect/meta-unavailable'
    return new AppError(code, { cause: error })
  }
  if (!(error instanceof GraphError)) throw error
  return new AppError(codeOf(error), { cause: error })
}

/** Will the same call work in a while? Then a short-lived token in hand is worth keeping. */
export function isPassing(error: unknown): boolean {
  return mapMetaFailure(error).code === 'connect/meta-unavailable'
}

function codeOf(
  error: GraphError,
): 'connect/meta-unavailable' | 'connect/app-not-allowed' | 'connect/exchange-failed' {
  // A redirect or a page that is no JSON is no answer to build on; a server's silence may pass.
  if (error.shape === 'none') {
    return error.httpStatus >= 500 || error.httpStatus === 429
      ? 'connect/meta-unavailable'
      : 'connect/exchange-failed'
  }
  switch (classifyGraphError(error)) {
    case 'transient':
    case 'throttled':
    case 'unknown_outcome':
      return 'connect/meta-unavailable'
    case 'needs_permission':
      return 'connect/app-not-allowed'
    case 'needs_reauth':
    case 'account_action':
    case 'fail_message':
    case 'app_broken':
    case 'bug':
      return 'connect/exchange-failed'
  }
}
