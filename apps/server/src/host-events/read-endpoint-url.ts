import { AppError } from '@parley/contract/app-error.ts'
import type { HostUrlFault } from '#ports/host-http.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import type { Who } from './schema.ts'

const DETAILS: Readonly<Record<HostUrlFault, string>> = {
  not_a_url: 'It is not a URL.',
  not_https: 'It is not https://.',
  has_credentials: 'It holds a user or a password.',
  private_address: 'It leads to a private, local or reserved address.',
}

/**
 * The address in its normal form. Looked at again at every call, for what a name stands for changes. One that is refused
 * leaves a line without it.
 *
 * @throws AppError `host-endpoints/url-not-allowed`.
 */
export async function readEndpointUrl(
  ports: Pick<Ports, 'hostHttp' | 'db' | 'clock'>,
  text: string,
  about: {
    readonly tenantId: string | null
    readonly endpointId: string | null
    readonly who: Who
  },
): Promise<string> {
  const fault = await ports.hostHttp.check(text)
  if (fault === undefined) return new URL(text).href
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    ...about.who,
    action: 'host_endpoint.refused',
    tenantId: about.tenantId,
    subjectId: about.endpointId,
    detail: { reason: fault },
  })
  throw new AppError('host-endpoints/url-not-allowed', {
    detail: DETAILS[fault],
    fields: [{ path: 'url', message: DETAILS[fault] }],
  })
}
