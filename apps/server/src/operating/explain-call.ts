import type { Delivery } from '@parley/contract/delivery.ts'
import type { MetaCall } from '@parley/contract/meta-call.ts'
import type { Config } from '#config.ts'
import type { NotedCall } from './store-meta-calls.ts'

type Explained = Pick<MetaCall, 'kind' | 'outcome' | 'message' | 'hint'>

/** A delivery that was accepted, in a sentence. */
export function explainDelivery({
  signedWith,
  events,
}: Delivery): Pick<Explained, 'message' | 'hint'> {
  if (events.some(({ outcome }) => outcome === 'test')) {
    return { message: 'The test button of Meta’s dashboard: it works.', hint: null }
  }
  if (events.length > 0 && events.every(({ outcome }) => outcome === 'unknown_account')) {
    return {
      message: 'It is about an account that is not connected here.',
      hint: 'Connect the account, or end its subscription where it was made.',
    }
  }
  return {
    message: `Signed rightly with the ${appName(signedWith)} app’s secret, and kept.`,
    hint: null,
  }
}

/** A line of the audit log about a call, in a sentence with the next step. */
export function explainLine(config: Config, line: NotedCall): Explained {
  switch (line.action) {
    case 'webhook.verified':
      return {
        kind: 'handshake',
        outcome: 'accepted',
        message: 'The verify token was right, and the challenge was answered.',
        hint: null,
      }
    case 'webhook.verify_refused':
      return {
        kind: 'handshake',
        outcome: 'refused',
        message: 'The verify token was another than INSTAGRAM_WEBHOOK_VERIFY_TOKEN.',
        hint: 'Paste the verify token of this page into Meta’s dashboard, beside the callback address.',
      }
    case 'webhook.refused':
      return {
        kind: 'delivery',
        outcome: 'refused',
        ...explainSignature(config, line.detail?.['why']),
      }
    case 'meta.deauthorized':
      return {
        kind: 'deauthorize',
        outcome: 'accepted',
        message: `Somebody removed the ${appName(line.detail?.['app'])} app; it ended ${connectionsOf(line)}.`,
        hint: null,
      }
    case 'meta.deletion_requested':
      return {
        kind: 'data_deletion',
        outcome: 'accepted',
        message:
          line.detail?.['isTest'] === true
            ? 'The test button of Meta’s dashboard: it works, and deleted nothing.'
            : `Somebody asked for their data to be deleted, by the ${appName(line.detail?.['app'])} app.`,
        hint: null,
      }
    default:
      return {
        kind: line.purpose === 'deauthorize' ? 'deauthorize' : 'data_deletion',
        outcome: 'refused',
        message:
          'The signed request was signed with a secret these settings do not hold, or was none.',
        hint: secretHint(config),
      }
  }
}

function explainSignature(config: Config, why: unknown): Pick<Explained, 'message' | 'hint'> {
  switch (why) {
    case 'missing':
      return {
        message: 'It had no X-Hub-Signature-256.',
        hint: 'Meta always sends it: this was somebody else, or a proxy in front takes the header away.',
      }
    case 'malformed':
      return {
        message: 'Its X-Hub-Signature-256 is none that Meta makes.',
        hint: 'This was somebody else, or a proxy in front changes headers.',
      }
    case 'verify_token':
      return {
        message: 'It was signed with the verify token.',
        hint: 'Deliveries are signed with the app secret; the verify token is for the handshake alone.',
      }
    case 'body_changed':
      return {
        message: 'The secret is right, but the body was written anew on its way.',
        hint: 'A proxy in front changes JSON bodies: let it pass /webhooks/ on byte for byte.',
      }
    default:
      return {
        message: 'It was signed with a secret these settings do not hold.',
        hint: secretHint(config),
      }
  }
}

/** Which secret Meta likely used: one nobody gave us, else a new one. */
function secretHint({ signatureSecrets }: Config): string {
  const names = new Set(signatureSecrets.map(({ name }) => name))
  if (!names.has('facebook')) {
    return 'Likely with the Meta app’s secret, which is not set here: copy it from App settings, Basic, as FACEBOOK_APP_SECRET. If that is not it: INSTAGRAM_APP_SECRET was reset at Meta, or this was somebody else.'
  }
  if (!names.has('instagram')) {
    return 'Likely with the Instagram app’s secret, which is not set here: copy it from Instagram, API setup with Instagram login, as INSTAGRAM_APP_SECRET. If that is not it: FACEBOOK_APP_SECRET was reset at Meta, or this was somebody else.'
  }
  return 'Compare INSTAGRAM_APP_SECRET and FACEBOOK_APP_SECRET with Meta’s dashboard: one was reset there, or they are of another app. If both are right, this was somebody else.'
}

/** As the settings name it: `instagram` is the Instagram app, `facebook` the Meta app. */
const appName = (name: unknown): string => (name === 'facebook' ? 'Meta' : 'Instagram')

function connectionsOf({ detail }: NotedCall): string {
  const count = Number(detail?.['connections'] ?? 0)
  return count === 1 ? 'one connection' : `${count === 0 ? 'no' : count} connections`
}
