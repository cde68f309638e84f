import type { Ports } from '#ports/ports.ts'
import { selectSomeMembership } from './store.ts'

/** Is there anybody who can sign in? */
export async function hasOperators(ports: Pick<Ports, 'db'>): Promise<boolean> {
  return await selectSomeMembership(ports.db)
}
