import type { ImportRequest } from '@parley/contract/import.ts'
import type { Ports } from '#ports/ports.ts'
import { hashSecret } from './hash-secret.ts'

/** By what a row is known again: a person's Facebook token may stand for several pages. */
export function hashImportedRow(
  ports: Pick<Ports, 'config'>,
  row: Pick<ImportRequest, 'login' | 'accessToken' | 'pageId'>,
): [string, ...string[]] {
  const { login, accessToken, pageId = '' } = row
  return hashSecret(ports.config.secrets, 'import', `${login}\0${pageId}\0${accessToken}`)
}
