/** `2026-11-20T10:00:00+0000`, as Graph writes times. */
export const isoTime = (atMs: number): string =>
  new Date(atMs).toISOString().replace(/\.\d{3}Z$/, '+0000')
