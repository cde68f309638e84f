import { pino } from 'pino'

/** Structured lines on stdout. Never a token, code, secret or message text: ids and counts only. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export function openLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime })
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
