import type { Automation } from '@parley/contract/automation.ts'
import { Secret } from '@parley/instagram/secret.ts'
import { sql } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'

export type ConnectedAccount = {
  readonly tenantId: string
  readonly connectionId: string
  readonly accountId: string
}

/** Answers every line with itself, at once. */
export const echoAutomation: Automation = {
  responder: 'flow',
  quietMs: 0,
  agent: null,
  host: null,
  flow: {
    version: 1,
    start: 'say',
    steps: { say: { type: 'message', text: '{{text}}', next: null } },
  },
}

let made = 0

/** A tenant with one live Instagram connection, as connecting leaves it, without the way there. */
export async function connectedAccount(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'random'>,
  automation: Automation = echoAutomation,
): Promise<ConnectedAccount> {
  made += 1
  const nowMs = ports.clock.now()
  const now = new Date(nowMs)
  const tenantId = `tenant-${made}`
  const connectionId = ports.random.uuid(nowMs)
  const grantId = ports.random.uuid(nowMs)
  const accountId = `178414000000${String(made).padStart(5, '0')}`
  await ports.db.transaction(async (db) => {
    await db.run(sql`
      insert into tenants (id, name, timezone, created_at, updated_at) values (${tenantId}, 'Test', 'UTC', ${now}, ${now})`)
    await ports.vault.createTenantKey(db, tenantId)
  })
  const place = { table: 'grants', row: grantId, column: 'sealed_token' }
  const sealed = await ports.vault.sealToken(tenantId, place, new Secret(`token-${accountId}`))
  await ports.db.run(sql`
    insert into connections (tenant_id, id, account_id, status, username, asked_capabilities, webhook_subscribed, connected_at, checked_at, created_at, updated_at)
    values (${tenantId}, ${connectionId}, ${accountId}, 'active', 'test.account', '{messages}', true, ${now}, ${now}, ${now}, ${now})`)
  await ports.db.run(sql`
    insert into grants (tenant_id, id, connection_id, login, status, app_id, sealed_token, scopes, asked_capabilities, issued_at, expires_at, expiry, checked_at, created_at)
    values (${tenantId}, ${grantId}, ${connectionId}, 'instagram', 'active', '1000000000000001', ${sealed},
      '{instagram_business_basic,instagram_business_manage_messages}', '{messages}', ${now}, ${new Date(nowMs + 60 * 86_400_000)}, 'known', ${now}, ${now})`)
  await ports.db.run(sql`
    insert into automations (tenant_id, connection_id, body, updated_at)
    values (${tenantId}, ${connectionId}, ${JSON.stringify(automation)}::jsonb, ${now})`)
  return { tenantId, connectionId, accountId }
}
