import { timingSafeEqual } from 'node:crypto'
import { Scope } from '@parley/contract/api-key.ts'
import { AppError } from '@parley/contract/app-error.ts'
import type { Caller, Role } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { hashesOfSecret, hashSecret } from './hash-secret.ts'
import type { Operator } from './operator-sessions.ts'
import { looksLikeJwt } from './read-host-jwt.ts'
import type { HostUser } from './read-host-jwt.ts'
import {
  selectApiKeyByHash,
  selectMemberships,
  selectTenantExists,
  updateApiKeyUsed,
} from './store.ts'
import type { ApiKeyRow } from './store.ts'

/** `last_used_at` is this exact, so that a busy key does not write on every call. */
const USED_EXACT_MS = 60_000

const EVERY_SCOPE: ReadonlySet<Scope> = new Set(Scope.options)

/**
 * Who a bearer token belongs to: PARLEY_API_KEY, a key of ours, or a user of the host.
 *
 * @throws AppError `auth/invalid-key`, `auth/jwks-unavailable`, `tenants/unknown`.
 */
export async function findBearer(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
  token: string,
  readHostJwt: (token: string) => Promise<HostUser>,
): Promise<Caller> {
  const hash = hashSecret(ports, 'api-key', token)
  const { apiKey, hostJwt } = ports.config
  if (apiKey !== undefined && equals(hash, hashSecret(ports, 'api-key', apiKey.reveal()))) {
    return { kind: 'key', actor: 'key:environment', tenantId: null, scopes: EVERY_SCOPE }
  }
  if (!looksLikeJwt(token)) return await findKey(ports, token)

  const user = await readHostJwt(token)
  const createsTenant = !(await selectTenantExists(ports.db, user.tenantId))
  if (createsTenant && !hostJwt.createsTenants) throw new AppError('tenants/unknown')
  return {
    kind: 'jwt',
    actor: `jwt:${user.subject}`,
    subjectHash: user.subjectHash,
    tenantId: user.tenantId,
    createsTenant,
  }
}

async function findKey(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
  token: string,
): Promise<Caller> {
  const row = await selectApiKeyByHash(ports.db, hashesOfSecret(ports, 'api-key', token))
  if (row === undefined) throw new AppError('auth/invalid-key')
  await noteUse(ports, row)
  return {
    kind: 'key',
    actor: `key:${row.id}`,
    tenantId: row.tenant_id,
    scopes: new Set(row.scopes),
  }
}

async function noteUse(ports: Pick<Ports, 'db' | 'clock'>, row: ApiKeyRow): Promise<void> {
  const nowMs = ports.clock.now()
  if (row.last_used_at !== null && nowMs - row.last_used_at.getTime() < USED_EXACT_MS) return
  await updateApiKeyUsed(ports.db, row.id, new Date(nowMs))
}

/** What a signed-in operator may see. One without any membership may see nothing. */
export async function callerOfOperator(
  ports: Pick<Ports, 'db'>,
  operator: Operator,
): Promise<Caller> {
  const memberships = await selectMemberships(ports.db, operator.id)
  const everywhere = memberships.find((membership) => membership.tenant_id === null)
  const tenants = memberships.flatMap(({ tenant_id: id }) => (id === null ? [] : [id]))
  return {
    kind: 'operator',
    actor: `operator:${operator.id}`,
    tenants: everywhere === undefined ? tenants : 'all',
    role: everywhere?.role ?? weakest(memberships.map(({ role }) => role)),
    operator,
  }
}

/** With different roles for different tenants the weakest counts: no right of one leaks to another. */
function weakest(roles: readonly Role[]): Role {
  if (roles.length === 0 || roles.includes('agent')) return 'agent'
  return roles.includes('admin') ? 'admin' : 'owner'
}

function equals(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(left), Buffer.from(right))
}
