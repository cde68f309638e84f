import type { Connection } from '@parley/contract/connection.ts'
import { refuseUnknownTenant } from './refuse-unknown-tenant.ts'
import { withPorts } from './with-ports.ts'
import type { Config } from '#config.ts'
import { listConnections } from '#connections/list-connections.ts'
import { pageOf } from '#http/list.ts'
import { sweepGrants } from '#tokens/sweep-grants.ts'

type Options = { readonly tenant?: string; readonly json?: boolean }

const tenantsOf = ({ tenant }: Options): readonly string[] | null =>
  tenant === undefined ? null : [tenant]

/** What is due now, or with `force` whatever Meta allows. */
export async function refreshTokens(
  config: Config,
  options: Options & { readonly force?: boolean },
): Promise<string> {
  const result = await withPorts(config, async (ports) => {
    await refuseUnknownTenant(ports.db, options.tenant)
    return await sweepGrants(ports, {
      tenants: tenantsOf(options),
      force: options.force ?? false,
    })
  })
  return options.json === true ? JSON.stringify(result) : result.message
}

const PAGE = 100

/** Every connection with the state of its tokens, a line or a JSON object each. */
export async function listTokens(
  config: Config,
  options: Options,
  print: (text: string) => void,
): Promise<void> {
  await withPorts(config, async (ports) => {
    await refuseUnknownTenant(ports.db, options.tenant)
    let cursor: string | undefined
    for (;;) {
      const page = pageOf({ cursor, limit: PAGE })
      const found = await listConnections(ports, {
        tenants: tenantsOf(options),
        status: undefined,
        page,
      })
      for (const one of found.data) {
        print(options.json === true ? JSON.stringify(one) : lineOf(one))
      }
      if (found.nextCursor === null) return
      cursor = found.nextCursor
    }
  })
}

function lineOf(connection: Connection): string {
  const { account, tenantId, status, reason, grants } = connection
  const name = account.username === null ? account.id : `@${account.username}`
  const ends = grants.map((grant) =>
    grant.status === 'pending'
      ? `${grant.login} to be confirmed`
      : `${grant.login} ${grant.expiresAt ?? grant.expiry}`,
  )
  return [name, tenantId, reason === null ? status : `${status} (${reason})`, ...ends].join('  ')
}
