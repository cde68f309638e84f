import type { Finding } from '@parley/contract/doctor.ts'
import type { HttpPort } from '@parley/instagram/http-port.ts'
import type { ReadCertificate } from '#ports/certificate.ts'
import type { Ports } from '#ports/ports.ts'
import { checkAddress } from './check-address.ts'
import { checkApps } from './check-apps.ts'
import { checkHealth } from './check-health.ts'
import { checkInside } from './check-inside.ts'
import { checkRedirects } from './check-redirects.ts'
import { checkWebhooks } from './check-webhooks.ts'

/** Looks at everything that can be wrong with an installation, inside and at Meta. Changes nothing. */
export async function runDoctor(
  ports: Pick<Ports, 'db' | 'clock' | 'config' | 'graph'>,
  outside: { readonly http: HttpPort; readonly readCertificate: ReadCertificate },
): Promise<Finding[]> {
  const { http, readCertificate } = outside
  const found = await Promise.all([
    checkInside(ports),
    checkAddress(ports.config, http, readCertificate, ports.clock.now()),
    checkApps(ports),
    checkRedirects(ports, http),
    checkWebhooks(ports, http),
    checkHealth(ports),
  ])
  return found.flat()
}
