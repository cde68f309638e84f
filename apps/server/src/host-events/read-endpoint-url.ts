import { AppError } from '@parley/contract/app-error.ts'
import type { HostUrlFault } from '#ports/host-http.ts'
import type { Ports } from '#ports/ports.ts'

const DETAILS: Readonly<Record<HostUrlFault, string>> = {
  not_a_url: 'It is not a URL.',
  not_https: 'It is not https://.',
  has_credentials: 'It holds a user or a password.',
  private_address: 'It leads to a private, local or reserved address.',
}

/**
 * The address in its normal form. Looked at again at every call, for what a name stands for changes.
 *
 * @throws AppError `host-endpoints/url-not-allowed`.
 */
export async function readEndpointUrl(
  ports: Pick<Ports, 'hostHttp'>,
  text: string,
): Promise<string> {
  const fault = await ports.hostHttp.check(text)
  if (fault === undefined) return new URL(text).href
  throw new AppError('host-endpoints/url-not-allowed', {
    detail: DETAILS[fault],
    fields: [{ path: 'url', message: DETAILS[fault] }],
  })
}
