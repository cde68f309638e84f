import { KeyServiceError } from './remote-key.ts'

/** Failures of the way to the server; it may be back in a moment. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'EHOSTUNREACH',
])

/** Without a code from the driver: the pool waited too long, or the server went away or fell silent in the middle. */
const DRIVER_TEXTS = [
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Connection terminated',
  'Client has encountered a connection error',
] as const

/**
 * Whether the same work may succeed a moment later: the server is away, starting, out of something, or the statement met
 * another one (deadlock, lock time-out, serialisation); or the key service does not open keys, which is mended there or
 * in the settings, and never the fault of the work. Everything else fails each time.
 *
 * Source: PostgreSQL 18, appendix A: classes 08, 40, 53, 55, 57 and 25P03, read 2026-11-20.
 */
export function isPassingFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof KeyServiceError) return true
  if (error instanceof AggregateError && error.errors.some(isPassingFailure)) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (NETWORK_CODES.has(code)) return true
  if (/^(?:08|40|53|55|57)\w{3}$|^25P03$/.test(code)) return true
  return DRIVER_TEXTS.some((text) => error.message.startsWith(text))
}
