import { InvalidArgumentError } from 'commander'

/** For options that are a moment. */
export function readTime(text: string): Date {
  const time = new Date(text)
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('a time like 2026-11-20 or 2026-11-20T12:00:00Z')
  }
  return time
}
