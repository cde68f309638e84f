import type { Alert } from '@parley/contract/alert.ts'
import { NEWEST_VERSION } from '@parley/instagram/graph-versions.ts'
import { explainReason } from '@parley/contract/reasons.ts'
import { wordsOfCounts } from './words-of-counts.ts'
import type { AlertRow, AlertWords } from './schema.ts'

/** An alert as the contract shows it: a sentence and one next step. */
export function describeAlert(row: AlertRow): Alert {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    kind: row.kind,
    severity: row.severity,
    connectionId: row.connection_id,
    ...wordsOf(row),
    openedAt: row.opened_at.toISOString(),
    resolvedAt: row.resolved_at?.toISOString() ?? null,
  }
}

function wordsOf({ kind, detail, tenant_id: tenantId }: AlertRow): AlertWords {
  const account = detail.account ?? 'An account'
  switch (kind) {
    case 'error_rate':
    case 'usage_high':
    case 'webhook_failures':
    case 'signature_failures':
    case 'token_reads_unusual':
      return wordsOfCounts(kind, detail, tenantId)
    case 'api_version_ending':
      return {
        message: `Meta serves version ${detail.version ?? 'unknown'} of its API until ${dayOf(detail.endsAt)}; then its answers change.`,
        hint: `Read Meta’s changelog, set GRAPH_API_VERSION=${NEWEST_VERSION}, restart every process, and run parley doctor.`,
      }
    case 'connection_lost': {
      const words = explainReason(detail.reason ?? '')
      return {
        message: `${account} is disconnected from Instagram: ${words?.title ?? 'access was lost'}.`,
        hint: words?.hint ?? 'Press Reconnect; history and automation stay.',
      }
    }
    case 'connection_expiring':
      return {
        message: `Access to ${account} ends on ${dayOf(detail.endsAt)} and could not be renewed so far.`,
        hint: 'Renewing goes on by itself. Press Reconnect before that day to be safe; nothing is lost by it.',
      }
    case 'data_access_expiring':
      return {
        message: `Meta’s permission to read data of ${account} ends on ${dayOf(detail.endsAt)}.`,
        hint: 'Messages may go on, reading profiles and media may not. Press Reconnect; nothing is lost by it.',
      }
    case 'not_subscribed':
      return {
        message: `Meta does not deliver the messages of ${account}.`,
        hint: 'Subscribing is tried again every day. Press Reconnect, and check the app’s webhooks in Meta’s dashboard.',
      }
    case 'silent':
      return {
        message: `Meta has sent nothing of ${account} since ${dayOf(detail.since)}, longer than usual.`,
        hint: 'Write to the account. If nothing arrives, press Refresh now, and look whether parley doctor finds something.',
      }
    case 'confirmation_waiting':
      return {
        message: `Somebody approved access to ${account} by a link that was sent on; it waits to be confirmed.`,
        hint: `Look at the account in the dashboard and press Confirm before ${minuteOf(detail.endsAt)}; then its token is destroyed.`,
      }
    case 'host_endpoint_disabled':
      return {
        message: `Events no longer go to ${account}: ${ENDPOINT_WHY[detail.reason ?? ''] ?? 'it could not be told'}.`,
        hint: 'Mend what receives them, then enable the endpoint: what waits is told in order. Older events can be replayed.',
      }
    case 'app_paused':
      return {
        message: `Meta refuses the whole app ${account}: ${detail.reason ?? 'unknown'}.`,
        hint: 'No connection is marked as lost. Check the app, its secret and its status in Meta’s dashboard.',
      }
  }
}

/** That it is over, as a clause: no more than is known, for counts end too when nobody calls. */
export function describeEnd({ kind, detail }: AlertRow): string {
  const account = detail.account ?? 'An account'
  switch (kind) {
    case 'connection_lost':
      return `${account} is connected again`
    case 'connection_expiring':
    case 'data_access_expiring':
    case 'not_subscribed':
    case 'silent':
    case 'app_paused':
    case 'confirmation_waiting':
      return `${account} is well again`
    case 'host_endpoint_disabled':
      return `Events go to ${account} again`
    case 'error_rate':
      return `Few or no calls at Meta for ${account} failed within the last hour`
    case 'usage_high':
      return `Meta’s meter for ${account} stood lower, or was not read, within the last hour`
    case 'webhook_failures':
      return 'Few or no webhooks failed within the last hour'
    case 'signature_failures':
      return 'Few or no webhooks with a wrong signature came within the last ten minutes'
    case 'token_reads_unusual':
      return `Access tokens are fetched as usual again (${account})`
    case 'api_version_ending':
      return `Version ${detail.version ?? 'unknown'} of Meta’s API is used no more, or its end is not near`
  }
}

/** Why an endpoint is told no more. */
const ENDPOINT_WHY: Readonly<Record<string, string>> = {
  gone: 'it answered 410, which means never again',
  failing: 'it has taken nothing for three days',
  secret_lost: 'its secret does not open here any more',
}

const minuteOf = (time: string | undefined): string =>
  time === undefined ? 'it ends' : `${time.slice(0, 16).replace('T', ' ')} UTC`

const dayOf = (time: string | undefined): string => time?.slice(0, 10) ?? 'an unknown day'
