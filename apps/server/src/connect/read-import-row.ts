import { ImportRequest } from '@parley/contract/import.ts'
import type { Login } from '@parley/instagram/login.ts'

/**
 * Names a column may have, in any case, with or without `_`, `-` and spaces; the first that is filled counts. A
 * `user_id` beside a tenant's own column is Instagram's, so it comes last.
 */
const COLUMNS = {
  tenantId: ['tenantid', 'tenant', 'customerid', 'doctorid', 'userid'],
  accessToken: [
    'longlivedtoken',
    'longlivedaccesstoken',
    'pageaccesstoken',
    'accesstoken',
    'instagramaccesstoken',
    'igaccesstoken',
    'facebookaccesstoken',
    'useraccesstoken',
    'token',
  ],
  login: ['login', 'provider', 'platform'],
  pageId: ['pageid', 'facebookpageid', 'fbpageid', 'instagrampageid'],
} as const

const LOGINS: Readonly<Record<string, Login>> = {
  instagram: 'instagram',
  ig: 'instagram',
  facebook: 'facebook',
  fb: 'facebook',
}

export type ReadRow = {
  /** As far as it can be told, also of a row that is wrong. */
  readonly tenantId: string | null
} & (
  | { readonly request: ImportRequest }
  | { readonly fields: readonly { readonly path: string; readonly message: string }[] }
)

/** A number that lost digits on its way is no id: it fits no pattern. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim()
  if (typeof value !== 'number') return ''
  return Number.isSafeInteger(value) ? String(value) : '(lost digits)'
}

/** A row of somebody's export as a request, or what is wrong with it. Never quotes a value. */
export function readImportRow(
  values: Readonly<Record<string, unknown>>,
  defaults: { readonly tenantId: string | undefined; readonly login: Login },
): ReadRow {
  const columns = new Map<string, string>()
  for (const [name, value] of Object.entries(values)) {
    const key = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
    const text = textOf(value)
    if (text !== '' && !columns.has(key)) columns.set(key, text)
  }
  const find = (field: keyof typeof COLUMNS): string | undefined =>
    COLUMNS[field].map((name) => columns.get(name)).find((value) => value !== undefined)

  const pageId = find('pageId')
  const named = find('login')
  const login =
    named === undefined
      ? pageId === undefined
        ? defaults.login
        : 'facebook'
      : (LOGINS[named.toLowerCase()] ?? named)
  const parsed = ImportRequest.safeParse({
    tenantId: find('tenantId') ?? defaults.tenantId,
    login,
    accessToken: find('accessToken'),
    ...(pageId === undefined || login === 'instagram' ? {} : { pageId }),
  })
  if (parsed.success) return { tenantId: parsed.data.tenantId, request: parsed.data }
  const tenant = ImportRequest.shape.tenantId.safeParse(find('tenantId') ?? defaults.tenantId)
  return {
    tenantId: tenant.success ? tenant.data : null,
    fields: parsed.error.issues.map(({ path, code, message }) => ({
      path: path.join('.'),
      message: code === 'invalid_type' ? 'missing' : message,
    })),
  }
}
