import { createSignInLink } from '#access/create-sign-in-link.ts'
import { refuseUnknownTenant } from './refuse-unknown-tenant.ts'
import { withPorts } from './with-ports.ts'
import type { Config } from '#config.ts'

export type OperatorRole = Parameters<typeof createSignInLink>[1]['role']

/** A new one-time link for an operator. */
export async function newSignInLink(
  config: Config,
  operator: { role: OperatorRole; tenantId: string | null },
): Promise<string> {
  return await withPorts(config, async (ports) => {
    await refuseUnknownTenant(ports.db, operator.tenantId)
    return await createSignInLink(ports, operator)
  })
}
