import { AppError } from '@parley/contract/app-error.ts'
import { errors } from '@parley/contract/errors.ts'
import { ImportFileError } from './import-file-error.ts'
import { ConfigError } from '#config.ts'
import { RotationRefused } from '#keys/schema.ts'
import { DataFolderInUseError } from '#ports/embedded-postgres.ts'
import { KeyServiceError } from '#ports/remote-key.ts'
import { UnusableDatabaseError } from '#ports/migrations.ts'
import { WrongKeyError } from '#ports/master-keys.ts'

/** PostgreSQL's own words for a database that cannot be used as given. */
const databaseRefusals: Readonly<Record<string, string>> = {
  '28P01': 'The database refuses the password. Check user and password in DATABASE_URL.',
  '28000': 'The database refuses this user. Check DATABASE_URL and the server’s pg_hba.conf.',
  '3D000': 'The database named in DATABASE_URL does not exist. Create it, or correct the name.',
  '42501': 'The database user may not create tables. Grant it rights on the database’s schema.',
  '53100': 'The database’s disk is full. Nothing was changed; make room and run it again.',
  '55P03':
    'Another program holds a lock on the database’s tables. Nothing was changed; end it and run this again.',
  '53300': 'The database has no connection left. Raise its max_connections, or stop others.',
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  '57P03',
])

type Refusal = { code: string; title: string; detail: string | null; hint: string }

/** A refusal in the words of the catalogue, for programs. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof AppError)) return undefined
  const { title, hint } = errors[error.code]
  return { code: error.code, title, detail: error.detail ?? null, hint }
}

/** One clear sentence and what to do; undefined for a bug, which keeps its stack. */
export function explainFailure(
  error: unknown,
  context: { port: number; metricsPort: number; dataDir: string },
): string | undefined {
  if (!(error instanceof Error)) return undefined
  const refusal = refusalOf(error)
  if (refusal !== undefined) {
    const { code, title, detail, hint } = refusal
    return [`${code}: ${title}.`, ...(detail === null ? [] : [detail]), `→ ${hint}`].join('\n')
  }
  if (error instanceof ConfigError || error instanceof UnusableDatabaseError) return error.message
  if (error instanceof ImportFileError) return error.message
  if (error instanceof RotationRefused || error instanceof KeyServiceError) return error.message
  if (error instanceof WrongKeyError) {
    return `${error.message} Nothing was written. Put the old key back, behind a new one if you rotate.`
  }
  if (error instanceof DataFolderInUseError) {
    return `Another Parley is running on the data folder ${context.dataDir}. Stop it first, or set PARLEY_DATA_DIR and PORT for a second one.`
  }
  const found = codeAndPort(error)
  if (found.code === 'EADDRINUSE') {
    const port = found.port ?? context.port
    const name =
      port === context.port
        ? 'PORT'
        : port === context.metricsPort
          ? 'PARLEY_METRICS_PORT'
          : 'SIMULATOR_PORT'
    return `Port ${port} is taken by another program. Stop it, or set ${name} to a free one.`
  }
  if (found.code === 'EACCES' && found.port !== undefined) {
    return `Port ${found.port} needs rights this user does not have. Set PORT to 1024 or higher.`
  }
  if (found.code === 'EACCES' || found.code === 'EPERM') {
    return `${error.message}. The data folder ${context.dataDir} belongs to another user: start as that one, or set PARLEY_DATA_DIR.`
  }
  if (unreachable.has(found.code) || error.message.startsWith('timeout expired')) {
    return `The database does not answer (${found.code || 'timeout'}). Check that it runs and that DATABASE_URL names its host and port.`
  }
  return databaseRefusals[found.code]
}

/** A refused connection to a name with two addresses is one error that holds two. */
function codeAndPort(error: Error): { code: string; port: number | undefined } {
  const inner =
    error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  return {
    code: 'code' in inner && typeof inner.code === 'string' ? inner.code : '',
    port: 'port' in inner && typeof inner.port === 'number' ? inner.port : undefined,
  }
}
