import type { Box } from '#box.ts'
import { DATA_ACCESS_MS } from './tokens.ts'
import type { Token } from './tokens.ts'

const TOKEN_TEXT_LENGTH = 186

/** Makes a token. `lifeMs: null` never expires. */
export function issueToken(
  box: Box,
  made: Pick<Token, 'kind' | 'app' | 'holder' | 'scopes'> & {
    lifeMs: number | null
    pageIds?: string[]
  },
): Token {
  const nowMs = box.clock.now()
  const { lifeMs, pageIds = [], ...rest } = made
  const prefix = made.app === 'instagram' ? 'IGAA' : 'EAA'
  const token: Token = {
    ...rest,
    pageIds,
    value: `${prefix}${box.random.text(TOKEN_TEXT_LENGTH)}`,
    issuedAtMs: nowMs,
    expiresAtMs: lifeMs === null ? null : nowMs + lifeMs,
    dataAccessExpiresAtMs: nowMs + DATA_ACCESS_MS,
    death: null,
  }
  box.world.tokens.push(token)
  box.changes.tell()
  return token
}
