import type { ApiKey } from '@parley/contract/api-key.ts'
import type { ApiKeyRow } from './store.ts'

/** The row as callers see it; its hash never leaves the database. */
export function apiKeyOf(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    tenantId: row.tenant_id,
    scopes: row.scopes,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  }
}
