import { AppError } from '@parley/contract/app-error.ts'
import type { Erasure } from '@parley/contract/erasure.ts'
import type { Ports } from '#ports/ports.ts'
import { describeErasure } from './describe-erasure.ts'
import { findById } from './store.ts'

/**
 * One erasure as it stands. What Meta asked for spans tenants: only who sees all of them sees it.
 *
 * @throws AppError `privacy/erasure-not-found`.
 */
export async function loadErasure(
  ports: Pick<Ports, 'db' | 'config'>,
  id: string,
  tenants: readonly string[] | null,
): Promise<Erasure> {
  const row = await findById(ports.db, id, tenants)
  if (row === undefined) throw new AppError('privacy/erasure-not-found')
  return await describeErasure(ports, row)
}
