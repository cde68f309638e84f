import type { Finding } from '@parley/contract/doctor.ts'
import type { HttpPort } from '@parley/instagram/http-port.ts'
import type { ReadCertificate } from '#ports/certificate.ts'
import type { Ports } from '#ports/ports.ts'
import { checkAddress } from './check-address.ts'
import { checkApps } from './check-apps.ts'
import { checkHealth } from './check-health.ts'
import { checkInside } from './check-inside.ts'
import { checkKeys } from './check-keys.ts'
import { checkRedirects } from './check-redirects.ts'
import { checkVersion } from './check-version.ts'
import { checkWebhooks } from './check-webhooks.ts'

export type Outside = { readonly http: HttpPort; readonly readCertificate: ReadCertificate }

type Settings = Pick<Ports, 'clock' | 'config' | 'graph'>
type Touched = Settings & Pick<Ports, 'db' | 'vault' | 'random' | 'signals' | 'metrics' | 'log'>

/**
 * Looks at everything that can be wrong with an installation, inside and at Meta. Changes nothing, but that connections it
 * asks about count as looked at.
 */
export async function runDoctor(ports: Touched, outside: Outside): Promise<Finding[]> {
  const found = await Promise.all([lookInside(ports), lookOutside(ports, outside)])
  return found.flat()
}

/** The database, the keys, the connections. */
export async function lookInside(ports: Touched): Promise<Finding[]> {
  const found = await Promise.all([checkInside(ports), checkKeys(ports), checkHealth(ports)])
  return found.flat()
}

/** What the settings say, compared with the internet and Meta: needs no database. */
export async function lookOutside(
  ports: Settings,
  { http, readCertificate }: Outside,
): Promise<Finding[]> {
  const { clock, config } = ports
  const found = await Promise.all([
    checkAddress(config, http, readCertificate, clock.now()),
    checkApps(ports),
    checkRedirects(ports, http),
    checkWebhooks(ports, http),
  ])
  return [checkVersion(config.graphVersion, clock.now()), ...found.flat()]
}
