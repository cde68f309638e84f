import type { Config } from '#config.ts'
import { hashSecret } from './hash-secret.ts'
import type { BrowserProof } from './schema.ts'

const PREFIX = 'parley_connect_'
const VALUE = /^[\w-]{43}$/
/** Flows a browser may have open; more are not looked at. */
const FLOWS_MAX = 20

/**
 * The cookie that ties one flow to one browser. `__Host-` needs https; on a plain-http loopback the same name goes
 * without it. One name per link, so that two tabs do not overwrite each other.
 */
export function cookieName(config: Pick<Config, 'url'>, sessionId: string): string {
  const name = PREFIX + sessionId.replaceAll('-', '').slice(-16)
  return config.url.startsWith('https:') ? `__Host-${name}` : name
}

/** The connect cookies among all that came. */
export function readBrowserProofs(
  config: Pick<Config, 'url'>,
  cookies: Readonly<Record<string, string>>,
): BrowserProof[] {
  const prefix = config.url.startsWith('https:') ? `__Host-${PREFIX}` : PREFIX
  return Object.entries(cookies)
    .filter(([name, value]) => name.startsWith(prefix) && VALUE.test(value))
    .slice(0, FLOWS_MAX)
    .map(([name, value]) => ({ name, value }))
}

/** Names beside every hash that may stand in a row for them. */
export function hashProofs(
  config: Pick<Config, 'secrets'>,
  proofs: readonly BrowserProof[],
): { names: string[]; hashes: string[] } {
  const pairs = proofs.flatMap(({ name, value }) =>
    hashSecret(config.secrets, 'browser', value).map((hash) => ({ name, hash })),
  )
  return { names: pairs.map(({ name }) => name), hashes: pairs.map(({ hash }) => hash) }
}
