import type { HostEventBody, HostEventType } from '@parley/contract/host-event.ts'
import { Webhook } from 'standardwebhooks'
import { UnsealError } from '#ports/cipher.ts'
import { HostUrlRefused } from '#ports/host-http.ts'
import type { Ports } from '#ports/ports.ts'
import { openEvent } from './open-event.ts'
import type { ClaimedDelivery } from './schema.ts'

const TIMEOUT_MS = 15_000

/** Where, and what signs: the newest secret first. */
export type Target = { readonly url: string; readonly secrets: readonly string[] }

/** A fresh link that reconnects without signing in; undefined when none can be made. */
export type MakeReconnectLink = (connection: {
  tenantId: string
  connectionId: string
}) => Promise<string | undefined>

/** Somebody must sign in again: the host can send its customer there. */
const NEEDS_LINK: ReadonlySet<HostEventType> = new Set([
  'connection.expiring',
  'connection.needs_reauth',
  'connection.revoked',
])

/** `stopped`: not tried to the end, because this process ends. */
export type Told =
  | { readonly to: 'taken' | 'refused' | 'gone' | 'unreadable'; readonly result: string }
  | { readonly to: 'stopped' }

/**
 * Posts one event to one endpoint, as Standard Webhooks say: the event's id is the message's, so a receiver can tell a
 * repetition; every valid secret signs. Any 2xx is taken, 410 is gone for good. A link is made for each try and kept
 * nowhere: it is as good as a password for what it opens.
 */
export async function deliverEvent(
  ports: Pick<Ports, 'clock' | 'vault' | 'hostHttp'>,
  delivery: ClaimedDelivery,
  target: Target,
  makeLink: MakeReconnectLink,
  signal: AbortSignal,
): Promise<Told> {
  let body: string
  try {
    body = JSON.stringify(await withLink(await openEvent(ports, delivery), makeLink))
  } catch (error) {
    // With the tenant's key went everything that was to be told.
    if (error instanceof UnsealError) return { to: 'unreadable', result: 'unreadable' }
    throw error
  }
  const at = new Date(ports.clock.now())
  const signatures = target.secrets.map((secret) => new Webhook(secret).sign(delivery.id, at, body))
  try {
    const { status } = await ports.hostHttp.post({
      url: target.url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Parley',
        'webhook-id': delivery.id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': signatures.join(' '),
      },
      body,
      timeoutMs: TIMEOUT_MS,
      signal,
    })
    const result = String(status)
    if (status === 410) return { to: 'gone', result }
    return { to: status >= 200 && status < 300 ? 'taken' : 'refused', result }
  } catch (error) {
    if (signal.aborted) return { to: 'stopped' }
    // Whatever a socket, a name server or a certificate can throw means the same: nobody took it.
    const result = error instanceof HostUrlRefused ? error.fault : 'no_answer'
    return { to: 'refused', result }
  }
}

async function withLink(event: HostEventBody, makeLink: MakeReconnectLink): Promise<HostEventBody> {
  const { tenantId, connectionId } = event.data
  if (connectionId === null || !NEEDS_LINK.has(event.type)) return event
  const reconnectUrl = await makeLink({ tenantId, connectionId })
  return reconnectUrl === undefined ? event : { ...event, data: { ...event.data, reconnectUrl } }
}
