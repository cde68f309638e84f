import { Scope } from '@parley/contract/api-key.ts'
import { AppError } from '@parley/contract/app-error.ts'
import type { AppContext } from '#http/app-env.ts'

export type { Scope }

export type Role = 'owner' | 'admin' | 'agent'

/** Who calls. `actor` is what the audit log keeps. */
export type Caller =
  | {
      readonly kind: 'key'
      /** `key:<id>` */
      readonly actor: string
      /** Null: not bound to one tenant. */
      readonly tenantId: string | null
      readonly scopes: ReadonlySet<Scope>
    }
  | {
      readonly kind: 'jwt'
      /** `jwt:<sub>`, shortened: two users may share it. */
      readonly actor: string
      readonly subjectHash: string
      readonly tenantId: string
      /** True: the tenant does not exist yet and is made by its first connect. */
      readonly createsTenant: boolean
    }
  | {
      readonly kind: 'operator'
      /** `operator:<id>` */
      readonly actor: string
      readonly tenants: 'all' | readonly string[]
      readonly role: Role
      readonly operator: { readonly id: string; readonly name: string; readonly email: string }
    }

/**
 * What is counted and kept per caller goes by this. A host's subject is unique within its tenant at most, and `actor`
 * holds only its beginning.
 */
export function callerKey(caller: Caller): string {
  return caller.kind === 'jwt' ? `jwt:${caller.tenantId}:${caller.subjectHash}` : caller.actor
}

const AGENT_SCOPES: ReadonlySet<Scope> = new Set([
  'connections:read',
  'messages:read',
  'messages:write',
])
/** What reaches tokens, or acts with them. */
export const TOKEN_SCOPES: ReadonlySet<Scope> = new Set(['access-token', 'graph'])
/** A token never goes to a browser, so no operator has `access-token`. */
const ADMIN_SCOPES: ReadonlySet<Scope> = new Set(
  Scope.options.filter((scope) => !TOKEN_SCOPES.has(scope)),
)

/**
 * Who calls, when they may do this. User JWTs only where `jwt: true`.
 *
 * @throws AppError `auth/required`, `auth/invalid-key`, `auth/scope-missing`, `tenants/unknown`, `auth/origin-not-allowed`.
 */
export function requireCaller(c: AppContext, need: { scope: Scope; jwt?: true }): Caller {
  const { caller, refusal } = c.var
  if (refusal !== undefined) throw refusal
  if (caller === undefined) throw new AppError('auth/required')
  if (caller.kind === 'jwt') {
    if (need.jwt === true) return caller
    throw new AppError('auth/scope-missing', { detail: 'A user JWT may not call this route.' })
  }
  if (!scopesOf(caller).has(need.scope)) {
    throw new AppError('auth/scope-missing', { detail: `The scope ${need.scope} is needed.` })
  }
  return caller
}

/**
 * Who calls, when the whole installation is theirs: an owner of all tenants, or a key with `operate` bound to none.
 *
 * @throws AppError `auth/instance-only`, and what `requireCaller` throws.
 */
export function requireInstance(c: AppContext): Caller {
  const caller = requireCaller(c, { scope: 'operate' })
  const isOwner = caller.kind !== 'operator' || caller.role === 'owner'
  if (visibleTenants(caller) !== null || !isOwner) throw new AppError('auth/instance-only')
  return caller
}

function scopesOf(caller: Exclude<Caller, { kind: 'jwt' }>): ReadonlySet<Scope> {
  if (caller.kind === 'key') return caller.scopes
  return caller.role === 'agent' ? AGENT_SCOPES : ADMIN_SCOPES
}

/**
 * Tenants the caller may see, null for all. In SQL:
 * `(${tenants}::text[] is null or tenant_id = any(${tenants}))`
 */
export function visibleTenants(caller: Caller): readonly string[] | null {
  if (caller.kind === 'operator') return caller.tenants === 'all' ? null : caller.tenants
  return caller.tenantId === null ? null : [caller.tenantId]
}

export function maySee(caller: Caller, tenantId: string): boolean {
  const tenants = visibleTenants(caller)
  return tenants === null || tenants.includes(tenantId)
}
