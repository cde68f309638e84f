import type { AlertDetail, AlertWords } from './schema.ts'

type CountKind =
  | 'error_rate'
  | 'usage_high'
  | 'webhook_failures'
  | 'signature_failures'
  | 'token_reads_unusual'

/** What an alert says that opened because there was too much of something: figures of the moment it opened. */
export function wordsOfCounts(
  kind: CountKind,
  { account = 'an account', count = 0, total = 0, usual = 0 }: AlertDetail,
  tenantId: string | null,
): AlertWords {
  const isOwn = tenantId === null
  switch (kind) {
    case 'error_rate':
      return {
        message: `${count} of ${total} calls at Meta for ${account} failed within an hour.`,
        hint: isOwn
          ? 'Look at Meta’s status page, then run parley doctor: it asks Meta with the settings of this server.'
          : 'Open the connection: its status and capabilities say what Meta refuses. When they are well, wait: failed sends are tried again.',
      }
    case 'usage_high':
      return {
        message: `${count} percent of what Meta allows ${account} is used up.`,
        hint: isOwn
          ? 'Find who calls most, in the audit log and your own use of the Graph proxy, and call less; at 100 percent Meta refuses for up to an hour.'
          : 'Call less through the Graph proxy for an hour. At 100 percent Meta refuses every call of this account, answers too.',
      }
    case 'webhook_failures':
      return {
        message: `${count} webhooks of Meta could not be stored, read or worked within an hour.`,
        hint: 'Look at /readyz and the log. What could not be stored is repeated by Meta for hours; what could not be worked stands under GET /v1/deliveries and can be replayed.',
      }
    case 'signature_failures':
      return {
        message: `${count} webhooks with a wrong signature arrived within ten minutes; none was stored.`,
        hint: 'If real messages are missing, compare INSTAGRAM_APP_SECRET and FACEBOOK_APP_SECRET with Meta’s dashboard (parley doctor does). If not, somebody else is knocking: the audit log has the addresses under webhook.refused.',
      }
    case 'token_reads_unusual':
      return {
        message: isOwn
          ? `${account} fetched ${count} access tokens within an hour, and never more than ${usual} in an hour before.`
          : `The access token of ${account} was fetched ${count} times within an hour, and never more than ${usual} times in an hour before.`,
        hint: 'Look who it was: action token.unsealed, purpose hand_out, in the audit log. If nobody of yours, revoke that API key, then reconnect the account.',
      }
  }
}
