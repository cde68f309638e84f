import type { Sealer } from '#ports/cipher.ts'
import { UnsealError } from '#ports/cipher.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { findSealer } from '#tenants/find-sealer.ts'
import { FIRST_ID } from '#tenants/forget-scope.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deliveryPlace } from './open-delivery.ts'
import {
  deleteBodies,
  deleteTenantBodies,
  findKeptBodies,
  findUnownedBodies,
} from './store-forget.ts'
import type { KeptBody } from './store-forget.ts'

const BATCH_MAX = 500
/** Meta's bodies are large; only so many are opened in one transaction. */
const OPENED_MAX = 200

/**
 * Deletes what Meta delivered of a tenant, of one account or of one person. A body says by its ids whom it is about; one
 * that is about several is deleted for any of them, because it is a copy of what is stored elsewhere.
 *
 * @param ids Meta's ids of the account, its pages, or the person.
 */
export async function forgetDeliveries(
  ports: Pick<Ports, 'vault'>,
  db: Queryable,
  scope: ForgetScope & { readonly ids: readonly string[] },
  from: string | null,
): Promise<Forgotten> {
  if (scope.connectionId === null) {
    const deleted = await deleteTenantBodies(db, scope.tenantId, BATCH_MAX)
    return { deleted, next: deleted < BATCH_MAX ? null : '' }
  }
  const [id = FIRST_ID, part = '-1'] = from?.split(' ') ?? []
  const bodies = await findKeptBodies(db, scope, { id, part: Number(part) }, OPENED_MAX)
  const sealer = await findSealer(ports, scope.tenantId)
  const deleted = await deleteThose(db, bodies, sealer, scope.ids)
  const last = bodies.length < OPENED_MAX ? undefined : bodies.at(-1)
  return { deleted, next: last === undefined ? null : `${last.id} ${last.part}` }
}

/** The same for bodies that were nobody's when they came. */
export async function forgetUnownedDeliveries(
  ports: Pick<Ports, 'vault'>,
  db: Queryable,
  ids: readonly string[],
  from: string | null,
): Promise<Forgotten> {
  const [atMs = '0', id = FIRST_ID, part = '-1'] = from?.split(' ') ?? []
  const after = { receivedAt: new Date(Number(atMs)), id, part: Number(part) }
  const bodies = await findUnownedBodies(db, after, OPENED_MAX)
  const deleted = await deleteThose(db, bodies, ports.vault.inbox(), ids)
  const last = bodies.length < OPENED_MAX ? undefined : bodies.at(-1)
  const next = last && `${last.received_at.getTime()} ${last.id} ${last.part}`
  return { deleted, next: next ?? null }
}

async function deleteThose(
  db: Queryable,
  bodies: readonly KeptBody[],
  sealer: Sealer | undefined,
  ids: readonly string[],
): Promise<number> {
  // Ids are digits, quoted or bare; one never stands inside a longer one.
  const named = new RegExp(`(?<!\\d)(?:${ids.join('|')})(?!\\d)`)
  const isNamed = (body: KeptBody): boolean =>
    ids.length > 0 && sealer !== undefined && named.test(textOf(sealer, body))
  const wanted = bodies.filter((body) => body.is_about || isNamed(body))
  return wanted.length === 0 ? 0 : await deleteBodies(db, wanted)
}

/** Empty for what nobody can read: it says nothing of anybody. */
function textOf(sealer: Sealer, body: KeptBody): string {
  if (body.sealed === null) return ''
  try {
    return sealer.open(deliveryPlace(body.id, body.part), body.sealed).toString('utf8')
  } catch (error) {
    if (error instanceof UnsealError) return ''
    throw error
  }
}
