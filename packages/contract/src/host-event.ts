import { z } from 'zod'
import { ListQuery, Time } from './list.ts'
import { TenantId } from './tenant.ts'

/** Everything a host is told, and when. */
export const hostEventTypes = {
  'connection.pending': 'Somebody approved by a link that was sent on: confirm it within a day.',
  'connection.created': 'An account is connected for the first time.',
  'connection.updated':
    'The account’s name or kind, or what was asked of it, changed; or it was about to end and was renewed.',
  'connection.reconnected': 'A connection has a fresh login; its id is the same.',
  'connection.expiring': 'A connection ends soon unless somebody signs in again.',
  'connection.needs_reauth': 'A connection stopped: a person must sign in again.',
  'connection.revoked': 'The account removed the app.',
  'connection.disconnected': 'A connection was ended here.',
  'capability.changed': 'What a connection may do changed.',
  'message.received': 'A person, or the business in the Instagram app, wrote.',
  'message.sent': 'A message reached Instagram.',
  'message.failed': 'A message will not be sent.',
  'conversation.handed_over': 'The automation gave a conversation to a person.',
} as const

const names = Object.keys(hostEventTypes) as (keyof typeof hostEventTypes)[]
export const HostEventType = z.enum(names)
export type HostEventType = z.infer<typeof HostEventType>

/**
 * What is known of the happening: ids, kinds and codes. With `connection.expiring`, `.needs_reauth` and `.revoked` a
 * delivery also holds `reconnectUrl`: for the account's owner, works once, for seven days, needs no sign-in. What somebody wrote is read by its id, so that what is unsent
 * or erased is erased everywhere. More fields may come.
 */
export const HostEventData = z.looseObject({
  tenantId: TenantId,
  connectionId: z.string().nullable(),
})

/** The body of a delivery, signed as Standard Webhooks say. */
export const HostEventBody = z.object({
  id: z.string(),
  type: HostEventType,
  timestamp: Time,
  data: HostEventData,
})
export type HostEventBody = z.infer<typeof HostEventBody>

/** An event, and what became of telling each endpoint. `lastResult` is an HTTP status or a word. */
export const HostEvent = HostEventBody.extend({
  deliveries: z.array(
    z.object({
      endpointId: z.string(),
      state: z.enum(['pending', 'delivered', 'failed']),
      attempts: z.number().int(),
      lastAttemptAt: Time.nullable(),
      lastResult: z.string().nullable(),
      nextAttemptAt: Time.nullable(),
    }),
  ),
})
export type HostEvent = z.infer<typeof HostEvent>

export const HostEventQuery = ListQuery.extend({
  type: HostEventType.optional(),
  tenantId: TenantId.optional(),
  connectionId: z.uuid().optional(),
  endpointId: z.uuid().optional(),
  state: z.enum(['pending', 'delivered', 'failed']).optional(),
})
export type HostEventQuery = z.infer<typeof HostEventQuery>

/** Without `endpointId`: every active endpoint that wants the event. */
export const HostEventReplayRequest = z.object({ endpointId: z.uuid().optional() })

/** Without `to`: until now. `cursor` goes on where the last answer ended. */
export const HostEventsReplayRequest = z
  .object({
    from: Time,
    to: Time.optional(),
    endpointId: z.uuid().optional(),
    cursor: z.string().max(200).optional(),
  })
  .refine(({ from, to }) => to === undefined || Date.parse(from) < Date.parse(to), {
    path: ['to'],
    message: 'later than `from`',
  })
export type HostEventsReplayRequest = z.infer<typeof HostEventsReplayRequest>

/** `nextCursor`: there is more; ask again with it. */
export const HostEventsReplayed = z.object({
  replayed: z.number().int(),
  nextCursor: z.string().nullable(),
})
export type HostEventsReplayed = z.infer<typeof HostEventsReplayed>
