import { personOf } from './messaging-item.ts'
import type { MessagingItem } from './messaging-item.ts'
import { idText, isRecord, textOf } from './read-field.ts'
import type { HandoverEvent } from './webhook-event.ts'

const CHANGES = [
  ['pass_thread_control', 'pass'],
  ['take_thread_control', 'take'],
  ['request_thread_control', 'request'],
  ['app_roles', 'app_roles'],
] as const

/** Reads a change of thread owner; `undefined` when the item is none. */
export function readHandover(shared: MessagingItem): HandoverEvent | undefined {
  const { item, atMs, standby, test, senderId } = shared
  for (const [key, change] of CHANGES) {
    const value = item[key]
    if (!isRecord(value)) continue
    return {
      kind: 'handover',
      atMs,
      standby,
      test,
      dedupeKey: `handover:${senderId ?? ''}:${atMs ?? ''}:${change}`,
      personId: personOf(shared),
      change,
      previousOwnerAppId: idText(value['previous_owner_app_id']),
      newOwnerAppId: idText(value['new_owner_app_id']),
      requestedOwnerAppId: idText(value['requested_owner_app_id']),
      metadata: textOf(value['metadata']),
    }
  }
  return undefined
}
