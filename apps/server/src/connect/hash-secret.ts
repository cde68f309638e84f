import { createHmac } from 'node:crypto'
import type { Config } from '#config.ts'

/**
 * Keyed hashes of a random value that travels: only they are stored, so a read database opens nothing. The first is
 * written, all are looked for, because PARLEY_SECRET may be in the middle of a change.
 */
export function hashSecret(
  secrets: Config['secrets'],
  kind: 'link' | 'state' | 'browser' | 'confirm' | 'import',
  value: string,
): [string, ...string[]] {
  const hash = (secret: Config['secrets'][0]): string =>
    createHmac('sha256', secret.reveal()).update(`connect ${kind}\0${value}`).digest('base64url')
  const [first, ...rest] = secrets
  return [hash(first), ...rest.map(hash)]
}
