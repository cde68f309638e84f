const WELL_FORMED = /^[A-Za-z0-9._-]{8,128}$/

/** The caller's own id when it is well formed, so that both sides' logs meet; else a new one. */
export function requestIdOf(given: string | undefined, make: () => string): string {
  return given !== undefined && WELL_FORMED.test(given) ? given : make()
}
