const NETWORK_CODES = new Set([
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
]

/** Is the database away, as against a statement that is wrong? Decides between 503 and 500. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (NETWORK_CODES.has(code)) return true
  // PostgreSQL's classes: 08 connection, 53 out of resources, 57P shutting down or starting up.
  if (/^(08|53)\w{3}$|^57P0\d$/.test(code)) return true
  return DRIVER_TEXTS.some((text) => error.message.startsWith(text))
}
