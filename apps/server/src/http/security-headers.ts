import type { AppMiddleware } from '#http/app-env.ts'

/** For answers that are no page: nothing may load, run or frame. */
const API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** A year, for this host alone: what runs beside it on other names is not ours to decide. */
const HSTS = 'max-age=31536000'

/** Sets what every answer carries; a route that set its own value keeps it. */
export function securityHeaders(options: { https: boolean }): AppMiddleware {
  const defaults: readonly (readonly [string, string])[] = [
    ['Cache-Control', 'no-store'],
    ['Content-Security-Policy', API_POLICY],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'DENY'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ...(options.https ? [['Strict-Transport-Security', HSTS] as const] : []),
  ]
  return async (c, next) => {
    await next()
    const { headers } = c.res
    for (const [name, value] of defaults) if (!headers.has(name)) headers.set(name, value)
  }
}

/** Policy of a page made by the server: our style sheet, pictures, forms to us and to the named origins. */
export function pagePolicy(formOrigins: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data: https:",
    `form-action ${["'self'", ...formOrigins].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
