import type { Queryable } from '#ports/database.ts'
import { readEnds } from './store-chain.ts'
import type { ChainHead } from './store-chain.ts'

/** The end of the chain, as `parley audit verify --expect` takes it. */
export async function readEnd(db: Queryable): Promise<ChainHead> {
  const { count, hash } = await readEnds(db)
  return { count: count ?? 0, hash: hash ?? '' }
}
