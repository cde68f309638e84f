import type { Automation } from '@parley/contract/automation.ts'
import type { Ports } from '#ports/ports.ts'
import { findAutomation } from './store.ts'
import type { AutomationKey } from './store.ts'

const OFF: Automation = { responder: null, quietMs: 1500, agent: null, host: null, flow: null }

/** What answers a connection; off when nobody has set anything. */
export async function loadAutomation(
  ports: Pick<Ports, 'db'>,
  key: AutomationKey,
): Promise<Automation> {
  return (await findAutomation(ports.db, key)) ?? OFF
}
