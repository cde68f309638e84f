import { capabilityStates } from '@parley/instagram/scopes.ts'
import { webhookFieldsFor } from '@parley/instagram/webhook-fields.ts'
import type { GrantRow } from '#tokens/schema.ts'

/** Webhooks of what was asked and given; nothing for a gallery. */
export function webhookFieldsOf(
  grant: Pick<GrantRow, 'login' | 'asked_capabilities' | 'scopes'>,
): string[] {
  const states = capabilityStates(grant.login, grant.asked_capabilities, grant.scopes)
  const given = grant.asked_capabilities.filter((name) => states[name].state === 'on')
  return webhookFieldsFor(grant.login, given)
}
