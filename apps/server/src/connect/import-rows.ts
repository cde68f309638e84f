import { createHash } from 'node:crypto'
import { AppError } from '@parley/contract/app-error.ts'
import { errors } from '@parley/contract/errors.ts'
import type { ImportOutcome } from '@parley/contract/import.ts'
import type { Login } from '@parley/instagram/login.ts'
import type { Ports } from '#ports/ports.ts'
import { importToken } from './import-token.ts'
import { configuredLogins } from './open-link.ts'
import { readImportRow } from './read-import-row.ts'
import type { ConnectHooks, Who } from './schema.ts'

type Touched = Pick<
  Ports,
  'db' | 'clock' | 'random' | 'vault' | 'graph' | 'config' | 'signals' | 'log'
>

/** One row as it was read, with where it stands; `problem`: it could not be read at all. */
export type RawRow = { readonly line: number } & (
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly problem: string }
)

/**
 * Imports rows one after the other, so that two rows of one account never race, and tells of each what became of it. A
 * row that is refused stops none of the others.
 */
export async function* importRows(
  ports: Touched,
  hooks: ConnectHooks,
  input: {
    rows: Iterable<RawRow> | AsyncIterable<RawRow>
    /** For rows that name none. */
    tenantId: string | undefined
    maySee: (tenantId: string) => boolean
    isDryRun: boolean
    who: Who
  },
): AsyncGenerator<ImportOutcome> {
  const login: Login = configuredLogins(ports.config)[0] ?? 'instagram'
  const seen = new Map<string, number>()
  for await (const row of input.rows) {
    const { line } = row
    if ('problem' in row) {
      const fields = [{ path: 'line', message: row.problem }]
      yield refused(line, null, new AppError('http/invalid-fields', { fields }))
      continue
    }
    const read = readImportRow(row.values, { tenantId: input.tenantId, login })
    if ('fields' in read) {
      const { fields } = read
      yield refused(line, read.tenantId, new AppError('http/invalid-fields', { fields }))
      continue
    }
    const { request } = read
    const key = createHash('sha256')
      .update(`${request.tenantId}\0${request.accessToken}\0${request.pageId ?? ''}`)
      .digest('base64')
    const earlier = seen.get(key)
    seen.set(key, earlier ?? line)
    try {
      if (earlier !== undefined) {
        throw new AppError('connect/duplicate-row', { detail: `The same as line ${earlier}.` })
      }
      if (!input.maySee(request.tenantId)) throw new AppError('tenants/not-found')
      const { status, connectionId } = await importToken(ports, hooks, { ...input, request })
      yield { ...NOTHING_WRONG, line, status, tenantId: request.tenantId, connectionId }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      yield refused(line, request.tenantId, error)
    }
  }
}

const NOTHING_WRONG = { code: null, title: null, hint: null, detail: null, fields: [] }

function refused(line: number, tenantId: string | null, error: AppError): ImportOutcome {
  const { title, hint } = errors[error.code]
  return {
    line,
    status: 'refused',
    tenantId,
    connectionId: null,
    code: error.code,
    title,
    hint,
    detail: error.detail ?? null,
    fields: [...(error.fields ?? [])],
  }
}
