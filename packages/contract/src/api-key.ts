import { z } from 'zod'
import { ListQuery, Time } from './list.ts'
import { TenantId } from './tenant.ts'

/** What an API key may do. */
export const Scope = z.enum([
  'connect',
  'connections:read',
  'connections:write',
  'messages:read',
  'messages:write',
  'automation:write',
  'graph',
  'access-token',
  'operate',
])
export type Scope = z.infer<typeof Scope>

/** Without `tenantId` the key serves every tenant. */
export const ApiKeyRequest = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(Scope).min(1).max(Scope.options.length),
  tenantId: TenantId.nullish(),
})
export type ApiKeyRequest = z.infer<typeof ApiKeyRequest>

export const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  tenantId: z.string().nullable(),
  scopes: z.array(Scope),
  createdAt: Time,
  lastUsedAt: Time.nullable(),
  revokedAt: Time.nullable(),
})
export type ApiKey = z.infer<typeof ApiKey>

/** The only answer that ever holds the key. */
export const ApiKeyWithSecret = ApiKey.extend({ secret: z.string() })
export type ApiKeyWithSecret = z.infer<typeof ApiKeyWithSecret>

export const ApiKeyQuery = ListQuery
