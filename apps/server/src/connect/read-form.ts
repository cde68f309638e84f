import { AppError } from '@parley/contract/app-error.ts'
import type { Config } from '#config.ts'
import type { AppContext } from '#http/app-env.ts'
import { bytes } from '#http/read-bytes.ts'

const FORM_BYTES_MAX = 4 * 1024

/**
 * The fields of a form of ours. Another site must not press the button for somebody; old browsers that do not say where
 * a form comes from still bring the flow's cookie.
 *
 * @throws AppError `auth/origin-not-allowed`, `http/too-large`.
 */
export async function readForm(
  c: AppContext,
  config: Pick<Config, 'url'>,
  hasProof: boolean,
): Promise<URLSearchParams> {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const isOwnOrigin =
    origin === undefined || origin === new URL(config.url).origin || (origin === 'null' && hasProof)
  const isOwn = site === undefined ? isOwnOrigin : site === 'same-origin' || site === 'none'
  if (!isOwn) throw new AppError('auth/origin-not-allowed')
  return new URLSearchParams(new TextDecoder().decode(await bytes(c, FORM_BYTES_MAX)))
}
