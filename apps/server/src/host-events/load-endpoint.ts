import { AppError } from '@parley/contract/app-error.ts'
import type { HostEndpoint } from '@parley/contract/host-endpoint.ts'
import type { Queryable } from '#ports/database.ts'
import { describeEndpoint } from './describe-endpoint.ts'
import { selectEndpoint } from './store-endpoints.ts'

/** @throws AppError `host-endpoints/not-found`. */
export async function loadEndpoint(
  db: Queryable,
  visible: readonly string[] | null,
  id: string,
): Promise<HostEndpoint> {
  const row = await selectEndpoint(db, visible, id)
  if (row === undefined) throw new AppError('host-endpoints/not-found')
  return describeEndpoint(row)
}
