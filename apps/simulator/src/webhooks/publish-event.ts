import type { Box } from '#box.ts'
import { effectiveGrant } from '#world/grants.ts'
import { appKinds } from '#world/world.ts'
import type { Account, AppKind } from '#world/world.ts'
import type { EntryParcel } from './entry.ts'
import type { MessagingField } from './fields.ts'
import { holdBack } from './held-entries.ts'
import { postEntries } from './post-entries.ts'

/**
 * Tells every app that may know. Resolves after the first attempts, for the switch that puts the
 * echo before the answer; nobody else waits. Returns at once which apps are told.
 */
export function publishEvent(
  box: Box,
  account: Account,
  event: { field: MessagingField; item: Record<string, unknown> },
): { deliveredTo: AppKind[]; firstAttempts: Promise<unknown> } {
  const deliveredTo = appKinds.filter((app) => mayBeTold(box, app, account, event.field))
  const isStandby = box.world.switches.routing === 'other_app_owns' && !isEcho(event.item)
  const parcels = deliveredTo.map((app) => ({
    app,
    account,
    kind: kindOf(event.item),
    entry: {
      id: account.id,
      time: box.clock.now(),
      [isStandby ? 'standby' : 'messaging']: [event.item],
    },
  }))
  return { deliveredTo, firstAttempts: Promise.all(parcels.map((parcel) => send(box, parcel))) }
}

/** All four layers: the app is live, has the field ticked, the account is subscribed, the permission given. */
function mayBeTold(box: Box, app: AppKind, account: Account, field: MessagingField): boolean {
  const { world } = box
  const mode =
    app === 'instagram' ? world.switches.instagramAppMode : world.switches.facebookAppMode
  const { webhook, fields } = world.apps[app]
  if (mode !== 'live' || webhook === null || !fields.includes(field)) return false
  const isSubscribed = world.subscriptions.some(
    (subscription) => subscription.app === app && subscription.accountKey === account.key,
  )
  const permission =
    app === 'instagram' ? 'instagram_business_manage_messages' : 'instagram_manage_messages'
  return isSubscribed && (effectiveGrant(world, app, account)?.scopes.includes(permission) ?? false)
}

async function send(box: Box, parcel: EntryParcel): Promise<void> {
  const { switches } = box.world
  if (switches.webhookHold || switches.webhookReorder || switches.webhookBatch) {
    holdBack(box, parcel)
    return
  }
  await postEntries(box, [parcel])
}

const isEcho = (item: Record<string, unknown>) => kindOf(item) === 'echo'

/** A word for the log: what kind of happening an item is. */
export function kindOf(item: Record<string, unknown>): string {
  const { message } = item
  if (typeof message === 'object' && message !== null) {
    if ('is_echo' in message) return 'echo'
    if ('is_deleted' in message) return 'unsend'
    return 'message'
  }
  const keys = ['reaction', 'postback', 'read', 'referral', 'message_edit']
  return keys.find((key) => key in item) ?? Object.keys(item).at(-1) ?? 'unknown'
}
