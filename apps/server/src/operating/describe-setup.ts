import type { MetaSetup } from '@parley/contract/doctor.ts'
import { LOGINS } from '@parley/instagram/login.ts'
import { webhookFieldsFor } from '@parley/instagram/webhook-fields.ts'
import { redirectUriOf } from '#connect/begin-login.ts'
import type { Ports } from '#ports/ports.ts'
import { readSeen } from './store-meta-calls.ts'

/** What Meta's dashboard must be given by these settings, and what has come from there so far. */
export async function describeSetup(ports: Pick<Ports, 'db' | 'config'>): Promise<MetaSetup> {
  const { url, instagramApp, facebookApp, capabilities } = ports.config
  const isSetUp = { instagram: instagramApp !== undefined, facebook: facebookApp !== undefined }
  const seen = await readSeen(ports.db)
  return {
    callbackUrl: `${url}/webhooks/instagram`,
    deauthorizeUrl: `${url}/webhooks/meta/deauthorize`,
    dataDeletionUrl: `${url}/webhooks/meta/data-deletion`,
    // Those of a page are subscribed by us, account by account.
    fields: webhookFieldsFor('instagram', capabilities),
    logins: LOGINS.filter((login) => isSetUp[login]).map((login) => ({
      login,
      redirectUri: redirectUriOf(ports.config, login),
    })),
    seen: {
      handshake: isoOf(seen.handshake),
      testEvent: isoOf(seen.test_event),
      firstEvent: isoOf(seen.first_event),
      lastDelivery: isoOf(seen.last_delivery),
      wrongSignature: isoOf(seen.wrong_signature),
    },
  }
}

const isoOf = (at: Date | null): string | null => at?.toISOString() ?? null
