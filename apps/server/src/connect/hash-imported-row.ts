import type { ImportRequest } from '@parley/contract/import.ts'
import type { Ports } from '#ports/ports.ts'
import { hashSecret } from './hash-secret.ts'

/**
 * By what a row is known again: a person's Facebook token may stand for several pages. A row that is no request is known
 * by all it says.
 */
export function hashImportedRow(
  ports: Pick<Ports, 'config'>,
  row: Pick<ImportRequest, 'login' | 'accessToken' | 'pageId'> | { readonly values: object },
): [string, ...string[]] {
  const text =
    'values' in row
      ? JSON.stringify(row.values)
      : [row.login, row.pageId ?? '', row.accessToken].join('\0')
  return hashSecret(ports.config.secrets, 'import', text)
}
