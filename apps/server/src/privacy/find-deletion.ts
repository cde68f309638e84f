import type { Erasure } from '@parley/contract/erasure.ts'
import type { Ports } from '#ports/ports.ts'
import { describeErasure } from './describe-erasure.ts'
import type { ErasureKind } from './schema.ts'
import { findByCode } from './store.ts'

const CODE = /^[0-9a-f]{32}$/

/** The erasure behind a confirmation code, for whoever holds the code. */
export async function findDeletion(
  ports: Pick<Ports, 'db' | 'config'>,
  code: string,
): Promise<{ code: string; kind: ErasureKind; erasure: Erasure } | undefined> {
  const row = CODE.test(code) ? await findByCode(ports.db, code) : undefined
  if (row === undefined) return undefined
  return { code, kind: row.kind, erasure: await describeErasure(ports, row) }
}
