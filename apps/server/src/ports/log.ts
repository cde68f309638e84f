import { pino } from 'pino'

/** Structured lines on stdout. Never a token, code, secret or message text: ids and counts only. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const FRAMES_MAX = 12

export function openLog(level: string): Log {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
  })
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * An error by name, code and places in our source. Its message is left out unless the operating system wrote it:
 * parsers and databases quote what they could not read, and that may be what somebody wrote.
 */
export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    name: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('syscall' in error ? { message: error.message } : {}),
    at: frames.slice(0, FRAMES_MAX).map((line) => line.trim()),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}
