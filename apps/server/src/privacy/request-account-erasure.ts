import type { SignedRequest } from '@parley/instagram/signed-request.ts'
import { hashesOfSecret } from '#access/hash-secret.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { closeConnections, ERASED } from '#connections/close-connections.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { HostEventFact } from '#host-events/schema.ts'
import { findNamedGrants } from '#tokens/find-named-grants.ts'
import type { NamedGrant } from '#tokens/find-named-grants.ts'
import { revokeGrants } from '#tokens/revoke-grants.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import { listGrants } from '#tokens/list-grants.ts'
import { tellMetaCall } from '#webhooks/tell-meta-call.ts'
import { newCode } from './new-code.ts'
import type { Who } from './schema.ts'
import {
  findOfSubject,
  findSteps,
  insertErasure,
  insertSignedRequest,
  lockSubject,
} from './store.ts'
import { OF_CONNECTION } from './stores.ts'

/** What the test button of Meta's dashboard sends: it names nobody. */
const NOBODY = '0'

type Touched = Pick<Ports, 'db' | 'clock' | 'random' | 'config' | 'vault' | 'signals'>

/**
 * Meta says that somebody wants their data deleted. Every connection of theirs, whoever's tenant it is, loses its tokens
 * at once and everything else by the job. Whoever asks again before there is something new gets the same code.
 */
export async function requestAccountErasure(
  ports: Touched,
  request: SignedRequest & { readonly hash: string },
  who: Who,
): Promise<{ code: string }> {
  const subject = `${request.signedWith} ${request.userId}`
  const hashes = hashesOfSecret(ports, 'deletion-subject', subject)
  const at = new Date(ports.clock.now())
  const { code, closed } = await ports.db.transaction(async (db) => {
    await lockSubject(db, hashes[0] ?? '')
    const isNew = await insertSignedRequest(db, request.hash, at)
    // A request that was recorded by somebody and is played again deletes nothing that came after it.
    const named =
      isNew && request.userId !== NOBODY ? await findNamedGrants(ports, db, request) : []
    if (isNew) {
      await recordAudit(db, at, {
        ...who,
        action: 'meta.deletion_requested',
        detail: { app: request.signedWith, isTest: request.userId === NOBODY },
      })
    }
    const known = await findOfSubject(db, hashes)
    const fresh = await withoutErased(db, connectionsOf(named), known?.id)
    if (known !== undefined && fresh.length === 0) return { code: known.code, closed: [] }

    const grants = await allGrantsOf(db, fresh)
    await revokeGrants(ports, db, grants, { ...who, reason: ERASED, at, isSilent: true })
    await closeConnections(db, fresh, at)
    await recordHostEvent(
      ports,
      db,
      fresh.map((target) => tellErased(target, who)),
    )
    const id = ports.random.uuid(at.getTime())
    const code = newCode(ports)
    await insertErasure(db, {
      id,
      code,
      kind: request.userId === NOBODY ? 'test' : 'account',
      subjectHash: hashes[0] ?? null,
      tenantId: null,
      subjectId: null,
      requestedBy: who.actor,
      at,
      steps: fresh.flatMap((scope) => OF_CONNECTION.map((store) => ({ ...scope, store }))),
    })
    await recordAudit(db, at, {
      ...who,
      action: 'erasure.requested',
      subjectId: id,
      detail: { kind: 'account', app: request.signedWith, connections: fresh.length },
    })
    return { code, closed: fresh }
  })
  tellMetaCall(ports)
  for (const { tenantId, connectionId } of closed) tellConnection(ports, tenantId, connectionId)
  return { code }
}

/** The last the host hears of it; ids of ours only, for it outlives what it is about. */
function tellErased({ tenantId, connectionId }: Target, { requestId }: Who): HostEventFact {
  const data = { status: 'revoked', reason: ERASED }
  return { type: 'connection.revoked', tenantId, connectionId, data, requestId }
}

type Target = {
  readonly tenantId: string
  readonly connectionId: string
  readonly conversationId: null
}

function connectionsOf(named: readonly NamedGrant[]): Target[] {
  const byId = new Map(
    named.map((grant): [string, Target] => [
      grant.connection_id,
      { tenantId: grant.tenant_id, connectionId: grant.connection_id, conversationId: null },
    ]),
  )
  return [...byId.values()]
}

/** Those an erasure under way does not work on already. */
async function withoutErased(
  db: Queryable,
  targets: readonly Target[],
  erasureId: string | undefined,
): Promise<Target[]> {
  if (erasureId === undefined || targets.length === 0) return [...targets]
  const taken = new Set((await findSteps(db, erasureId)).map((step) => step.connection_id))
  return targets.filter(({ connectionId }) => !taken.has(connectionId))
}

/** The data goes whichever login it came by, so every login's tokens go. */
async function allGrantsOf(db: Queryable, targets: readonly Target[]): Promise<NamedGrant[]> {
  const grants = await listGrants(db, targets)
  return [...grants.values()].flat().map((grant) => ({
    tenant_id: grant.tenant_id,
    connection_id: grant.connection_id,
    grant_id: grant.id,
    login: grant.login,
  }))
}
