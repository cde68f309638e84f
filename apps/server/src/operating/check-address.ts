import type { Finding } from '@parley/contract/doctor.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpPort } from '@parley/instagram/http-port.ts'
import type { Config } from '#config.ts'
import type { Certificate, ReadCertificate } from '#ports/certificate.ts'
import { isLoopback } from '#settings.ts'
import { found, ok } from './findings.ts'

const TIMEOUT_MS = 10_000
const DAY_MS = 24 * 60 * 60 * 1000
const CERTIFICATE_DAYS = 21

/** Can people's browsers and Meta reach this server at PARLEY_URL, and trust it? */
export async function checkAddress(
  config: Pick<Config, 'url'>,
  http: HttpPort,
  readCertificate: ReadCertificate,
  nowMs: number,
): Promise<Finding[]> {
  const url = new URL(config.url)
  const findings = [await reach(config.url, http)]
  if (url.protocol === 'https:') {
    const port = url.port === '' ? 443 : Number(url.port)
    findings.push(judge(await readCertificate(url.hostname, port), nowMs))
  }
  if (isLoopback(url.hostname)) {
    findings.push(
      found(
        'warning',
        'public address',
        `PARLEY_URL is ${config.url}: Meta cannot reach it, so webhooks will not come.`,
        'Set PARLEY_URL to the https:// address the internet knows this server by.',
      ),
    )
  }
  return findings
}

async function reach(url: string, http: HttpPort): Promise<Finding> {
  const check = 'address'
  const fix = `${url}/healthz must lead to this server; check PARLEY_URL, DNS and the proxy.`
  try {
    const { status } = await http({
      method: 'GET',
      url: `${url}/healthz`,
      headers: {},
      timeoutMs: TIMEOUT_MS,
      maxBytes: 64 * 1024,
    })
    if (status === 200) return ok(check, `${url} answers.`)
    return found('problem', check, `${url}/healthz answers ${status}.`, fix)
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error
    return found('problem', check, `${url} does not answer from here.`, fix)
  }
}

function judge(certificate: Certificate, nowMs: number): Finding {
  const check = 'certificate'
  const fix =
    'Install a certificate of a public authority with its whole chain, and renew it by itself.'
  if (certificate === undefined) return found('unknown', check, 'No certificate was shown.', fix)
  if (certificate.problem !== undefined) {
    const message = `The certificate is not trusted: ${certificate.problem}. Meta refuses such a server.`
    return found('problem', check, message, fix)
  }
  const days = Math.floor((certificate.endsAtMs - nowMs) / DAY_MS)
  const message = `The certificate is trusted and ends in ${days} days.`
  return days < CERTIFICATE_DAYS ? found('warning', check, message, fix) : ok(check, message)
}
