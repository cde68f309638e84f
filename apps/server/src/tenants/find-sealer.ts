import { UnsealError } from '#ports/cipher.ts'
import type { Sealer } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'

/** What opens a tenant's values; undefined when its key is destroyed, and nothing opens any more. */
export async function findSealer(
  ports: Pick<Ports, 'vault'>,
  tenantId: string,
): Promise<Sealer | undefined> {
  try {
    return await ports.vault.tenant(tenantId)
  } catch (error) {
    if (error instanceof UnsealError) return undefined
    throw error
  }
}
