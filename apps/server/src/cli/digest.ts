import { withPorts } from './with-ports.ts'
import type { Config } from '#config.ts'
import { readDigest } from '#operating/read-digest.ts'
import { writeDigest } from '#operating/write-digest.ts'
import { findTenant } from '#tenants/find-tenant.ts'

/** The digest of the seven days until now, as it would be mailed; sends nothing. Undefined: there is no such tenant. */
export async function showDigest(
  config: Config,
  options: { readonly tenant?: string; readonly json?: boolean },
): Promise<string | undefined> {
  return await withPorts(config, async (ports) => {
    const tenantId = options.tenant ?? null
    const tenant = tenantId === null ? undefined : await findTenant(ports.db, tenantId)
    if (tenantId !== null && tenant === undefined) return undefined
    const until = new Date(ports.clock.now())
    const digest = await readDigest(ports, { tenantId, tenantName: tenant?.name ?? null, until })
    if (options.json === true) return JSON.stringify(digest)
    const { subject, text } = await writeDigest(digest)
    return `${subject}\n\n${text.trimEnd()}`
  })
}
