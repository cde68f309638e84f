import { AppError } from '@parley/contract/app-error.ts'
import type { Config } from '#config.ts'
import type { AppContext } from '#http/app-env.ts'

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A cookie comes along whoever made the browser send the request; so a call that changes something must say that it
 * comes from our own pages. Browsers always do. Reading is safe: no other site can see the answer.
 */
export function refuseForeignOrigin(
  c: AppContext,
  config: Pick<Config, 'url'>,
): AppError | undefined {
  if (READING.has(c.req.method)) return undefined
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const isOurs = site === undefined ? origin === new URL(config.url).origin : site === 'same-origin'
  return isOurs ? undefined : new AppError('auth/origin-not-allowed')
}

/** For signing in, where no cookie has to come along: refuses other sites, lets programs without a browser pass. */
export function refuseForeignSite(c: AppContext, config: Pick<Config, 'url'>): void {
  const isBrowser =
    c.req.header('origin') !== undefined || c.req.header('sec-fetch-site') !== undefined
  const foreign = isBrowser ? refuseForeignOrigin(c, config) : undefined
  if (foreign !== undefined) throw foreign
}
