import type { Finding } from '@parley/contract/doctor.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpPort } from '@parley/instagram/http-port.ts'
import { webhookFieldsFor } from '@parley/instagram/webhook-fields.ts'
import type { Ports } from '#ports/ports.ts'
import { DOCTOR_CHALLENGE } from '#webhooks/note-handshake.ts'
import { found, ok } from './findings.ts'

const TIMEOUT_MS = 10_000

type Touched = Pick<Ports, 'config' | 'graph'>

/** Does Meta's handshake work at our public address, and does the app send what we need to it? */
export async function checkWebhooks(ports: Touched, http: HttpPort): Promise<Finding[]> {
  const callback = `${ports.config.url}/webhooks/instagram`
  const findings = [await shakeHands(ports, http, callback)]
  if (ports.config.facebookApp !== undefined) findings.push(...(await checkApp(ports, callback)))
  else {
    findings.push(
      found(
        'unknown',
        'webhook settings of the app',
        'An Instagram app does not tell its webhook settings.',
        `Compare in Meta's dashboard: callback ${callback}, fields ${fields(ports).join(', ')}.`,
        callback,
      ),
    )
  }
  return findings
}

const fields = ({ config }: Touched): string[] => webhookFieldsFor('instagram', config.capabilities)

async function shakeHands(ports: Touched, http: HttpPort, callback: string): Promise<Finding> {
  const check = 'webhook handshake'
  const query = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.verify_token': ports.config.webhookVerifyToken.reveal(),
    'hub.challenge': DOCTOR_CHALLENGE,
  })
  const fix = `Meta calls ${callback}; it must lead to this server from the internet.`
  try {
    const { status, body } = await http({
      method: 'GET',
      url: `${callback}?${query.toString()}`,
      headers: {},
      timeoutMs: TIMEOUT_MS,
      maxBytes: 64 * 1024,
    })
    const isOurs = status === 200 && Buffer.from(body).toString('utf8') === DOCTOR_CHALLENGE
    if (isOurs) return ok(check, `${callback} answers with the verify token of these settings.`)
    return found('problem', check, `${callback} answers ${status}; it is another server.`, fix)
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error
    return found('problem', check, `${callback} does not answer.`, fix)
  }
}

async function checkApp(ports: Touched, callback: string): Promise<Finding[]> {
  const check = 'webhook settings of the app'
  const wanted = fields(ports)
  const fix = `Meta's dashboard, Webhooks, object Instagram: callback ${callback}, the INSTAGRAM_WEBHOOK_VERIFY_TOKEN of these settings, fields ${wanted.join(', ')}.`
  try {
    const all = await ports.graph.readAppSubscriptions()
    const own = all.find(({ object }) => object === 'instagram')
    if (own === undefined) {
      return [found('problem', check, 'The app has no webhook for Instagram.', fix, callback)]
    }
    const lacking = wanted.filter((field) => !own.fields.includes(field))
    const findings: Finding[] = []
    if (own.callbackUrl !== callback) {
      const message = `The app sends to ${own.callbackUrl ?? 'nowhere'}.`
      findings.push(found('problem', check, message, fix, callback))
    }
    if (!own.isActive) findings.push(found('problem', check, 'The webhook is switched off.', fix))
    if (lacking.length > 0) {
      findings.push(
        found(
          'problem',
          'webhook fields',
          `Not sent: ${lacking.join(', ')}.`,
          fix,
          wanted.join(', '),
        ),
      )
    }
    return findings.length > 0 ? findings : [ok(check, 'The app sends everything needed, here.')]
  } catch (error) {
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
    return [found('unknown', check, 'Meta did not tell the webhook settings of the app.', fix)]
  }
}
