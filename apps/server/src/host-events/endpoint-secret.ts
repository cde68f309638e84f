import type { Ports } from '#ports/ports.ts'
import type { SecretRow } from './schema.ts'

/** As long as Standard Webhooks recommend at most; the prefix is theirs. */
const SECRET_BYTES = 32
const PREFIX = 'whsec_'

const place = (id: string) => ({ table: 'host_endpoint_secrets', row: id, column: 'sealed' })

/** A new secret, to be shown once, and its row. */
export async function makeSecret(
  ports: Pick<Ports, 'vault' | 'random'>,
  tenantId: string | null,
  nowMs: number,
): Promise<{ secret: string; row: SecretRow }> {
  const secret = PREFIX + ports.random.bytes(SECRET_BYTES).toString('base64')
  const id = ports.random.uuid(nowMs)
  // An operator's own endpoint belongs to no tenant.
  const sealer = await ports.vault.ownerOf(tenantId)
  return { secret, row: { id, sealed: sealer.seal(place(id), secret) } }
}

/** @throws UnsealError */
export async function openSecret(
  ports: Pick<Ports, 'vault'>,
  tenantId: string | null,
  row: SecretRow,
): Promise<string> {
  const sealer = await ports.vault.ownerOf(tenantId)
  return sealer.open(place(row.id), row.sealed).toString('utf8')
}
