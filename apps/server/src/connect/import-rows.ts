import { AppError } from '@parley/contract/app-error.ts'
import { errors } from '@parley/contract/errors.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import type { ImportOutcome } from '@parley/contract/import.ts'
import { maySee } from '#http/caller.ts'
import type { Caller } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { hashImportedRow } from './hash-imported-row.ts'
import { importToken } from './import-token.ts'
import { inviteOwner } from './invite-owner.ts'
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

type Batch = {
  readonly caller: Caller
  readonly who: Who
  /** For rows that name none. */
  readonly tenantId: string | undefined
  readonly isDryRun: boolean
  readonly doesInvite: boolean
}

/** A link would not help, or not now. */
const NOT_INVITED = new Set<ErrorCode>([
  'tenants/not-found',
  'connect/duplicate-row',
  'connect/account-taken',
  'connect/login-not-configured',
  'connect/meta-unavailable',
  'connect/subscription-failed',
])

/**
 * Imports rows one after the other, so that two rows of one account never race, and tells of each what became of it. A
 * row that is refused stops none of the others.
 */
export async function* importRows(
  ports: Touched,
  hooks: ConnectHooks,
  rows: Iterable<RawRow> | AsyncIterable<RawRow>,
  batch: Batch,
): AsyncGenerator<ImportOutcome> {
  /** Where a row was seen first. Hashes only, so that a long file stays small in memory. */
  const seen = new Map<string, number>()
  for await (const row of rows) yield await importRow(ports, hooks, { row, batch, seen })
}

async function importRow(
  ports: Touched,
  hooks: ConnectHooks,
  input: { row: RawRow; batch: Batch; seen: Map<string, number> },
): Promise<ImportOutcome> {
  const { row, batch, seen } = input
  const { line } = row
  if ('problem' in row) {
    return refused(line, null, invalid([{ path: 'row', message: row.problem }]))
  }
  const login = configuredLogins(ports.config)[0] ?? 'instagram'
  const read = readImportRow(row.values, { tenantId: batch.tenantId, login })
  const { tenantId } = read
  const rowHashes = hashImportedRow(ports, 'request' in read ? read.request : row)
  try {
    // First of all: what is wrong with a row is nobody else's business.
    if (tenantId !== null && !maySee(batch.caller, tenantId)) {
      throw new AppError('tenants/not-found')
    }
    if ('fields' in read) throw invalid(read.fields)
    const key = `${tenantId} ${rowHashes[0]}`
    const earlier = seen.get(key)
    if (earlier !== undefined) {
      throw new AppError('connect/duplicate-row', { detail: `The same as ${earlier}.` })
    }
    seen.set(key, line)
    const { request } = read
    const { warning, ...imported } = await importToken(ports, hooks, { ...batch, request })
    return { ...NOTHING_WRONG, ...(warning && said(warning)), ...imported, line, tenantId }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const outcome = refused(line, tenantId, error)
    const isInvited = batch.doesInvite && !batch.isDryRun && !NOT_INVITED.has(error.code)
    if (!isInvited || tenantId === null) return outcome
    return { ...outcome, invite: await inviteOwner(ports, { ...batch, tenantId, rowHashes }) }
  }
}

const NOTHING_WRONG = {
  code: null,
  title: null,
  hint: null,
  detail: null,
  fields: [],
  invite: null,
}

function invalid(fields: readonly { path: string; message: string }[]): AppError {
  return new AppError('http/invalid-fields', { fields })
}

function refused(line: number, tenantId: string | null, error: AppError): ImportOutcome {
  return {
    line,
    status: 'refused',
    tenantId,
    connectionId: null,
    ...said(error),
    invite: null,
  }
}

function said(
  error: AppError,
): Pick<ImportOutcome, 'code' | 'title' | 'hint' | 'detail' | 'fields'> {
  const { title, hint } = errors[error.code]
  const { code, detail = null, fields = [] } = error
  return { code, title, hint, detail, fields: [...fields] }
}
