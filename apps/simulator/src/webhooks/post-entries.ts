import type { Box } from '#box.ts'
import type { AppKind } from '#world/world.ts'
import type { EntryParcel } from './entry.ts'
import { encodeWebhookBody, signWebhookBody } from './webhook-body.ts'

/** One POST with one or several entries, all of one app. */
export async function postEntries(box: Box, parcels: EntryParcel[]): Promise<void> {
  const [first] = parcels
  if (!first) return
  const envelope = { object: 'instagram', entry: parcels.map((parcel) => parcel.entry) }
  const { switches } = box.world
  const body = encodeWebhookBody(switches.webhookArray ? [envelope] : envelope)
  const posted = {
    app: first.app,
    accountKeys: [...new Set(parcels.map((parcel) => parcel.account.key))],
    kinds: parcels.map((parcel) => parcel.kind),
    body,
  }
  const copies = switches.webhookDuplicate ? 2 : 1
  await Promise.all(Array.from({ length: copies }, () => postSigned(box, posted)))
}

/** Posts a body as it stands, signed for the app. Nothing happens when the app has no callback. */
export async function postSigned(
  box: Box,
  posted: { app: AppKind; accountKeys: string[]; kinds: string[]; body: string },
): Promise<string | undefined> {
  const target = box.world.apps[posted.app].webhook
  if (!target) return undefined
  const id = `d${box.random.digits(12)}`
  await box.outbox.post({
    ...posted,
    id,
    url: target.callbackUrl,
    signature: signWebhookBody(posted.body, signingSecret(box, posted.app)),
    delayMs: box.world.switches.webhookDelayMs,
  })
  return id
}

function signingSecret(box: Box, app: AppKind): string {
  const { apps, switches } = box.world
  switch (switches.signWith) {
    case 'own':
      return apps[app].secret
    case 'other_app':
      return apps[app === 'instagram' ? 'facebook' : 'instagram'].secret
    case 'wrong':
      return 'not-the-secret-of-any-app'
  }
}
