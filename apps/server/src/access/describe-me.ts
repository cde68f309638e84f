import type { Me } from '@parley/contract/me.ts'
import type { Caller } from '#http/caller.ts'
import { visibleTenants } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { nameTenants } from '#tenants/name-tenants.ts'

/** Who the dashboard talks for, and what this server is. */
export async function describeMe(
  ports: Pick<Ports, 'db' | 'config'>,
  caller: Extract<Caller, { kind: 'operator' }>,
): Promise<Me> {
  const { config } = ports
  return {
    operator: caller.operator,
    role: caller.role,
    allTenants: caller.tenants === 'all',
    tenants: await nameTenants(ports.db, visibleTenants(caller)),
    logins: [
      ...(config.instagramApp === undefined ? [] : (['instagram'] as const)),
      ...(config.facebookApp === undefined ? [] : (['facebook'] as const)),
    ],
    demo: config.demo,
    simulatorUrl: config.demo ? new URL(config.metaUrls.instagramWww).origin : null,
  }
}
