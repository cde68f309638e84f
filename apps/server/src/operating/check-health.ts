import type { Finding } from '@parley/contract/doctor.ts'
import { explainReason } from '@parley/contract/reasons.ts'
import { listConnections } from '#connections/list-connections.ts'
import type { Ports } from '#ports/ports.ts'
import { found, ok } from './findings.ts'

/** Of each state; more are in the dashboard. */
const CONNECTIONS_SHOWN = 100
const STATES = ['needs_reauth', 'revoked', 'expiring', 'active'] as const

/** How each connection is, by the facts of its last look. */
export async function checkHealth(ports: Pick<Ports, 'db' | 'clock'>): Promise<Finding[]> {
  const page = { limit: CONNECTIONS_SHOWN, after: undefined }
  // Those with troubles first, however many are well.
  const lists = await Promise.all(
    STATES.map(async (status) => await listConnections(ports, { tenants: null, status, page })),
  )
  const data = lists.flatMap((list) => list.data)
  const findings = data.flatMap((one): Finding[] => {
    const check = `connection ${one.account.username ?? one.account.id}`
    const words = explainReason(one.reason ?? '')
    switch (one.status) {
      case 'needs_reauth':
      case 'revoked':
        return [
          found(
            'problem',
            check,
            words?.title ?? 'Access was lost.',
            words?.hint ?? 'Reconnect it.',
          ),
        ]
      case 'expiring':
        return [
          found('warning', check, 'Access ends soon and could not be renewed.', 'Reconnect it.'),
        ]
      case 'active': {
        const { messages } = one.capabilities
        if (messages?.state === 'off' && messages.reason !== 'not_requested') {
          const why = explainReason(messages.reason ?? '')
          return [
            found(
              'problem',
              check,
              why?.title ?? 'Messages are off.',
              why?.hint ?? 'Reconnect it.',
            ),
          ]
        }
        if (messages?.state === 'on' && !one.webhook.subscribed) {
          const message = 'Its messages are not subscribed.'
          return [
            found('problem', check, message, 'POST /v1/connections/{id}/refresh subscribes again.'),
          ]
        }
        return []
      }
      case 'pending':
      case 'disconnected':
        return []
    }
  })
  return findings.length > 0 ? findings : [ok('connections', 'No connection needs a person.')]
}
