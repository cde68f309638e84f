/**
 * Milliseconds of the machine's monotonic clock. Its origin is the same in every process of one machine, so that a
 * webhook's departure in one process and its reply's arrival in another can be subtracted.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1_000 + nanoseconds / 1e6
}
