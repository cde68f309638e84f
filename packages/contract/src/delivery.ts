import { z } from 'zod'
import { ListQuery, Time } from './list.ts'

export const DeliveryState = z.enum(['stored', 'processed', 'partly_understood', 'not_understood'])
export type DeliveryState = z.infer<typeof DeliveryState>

export const EventOutcome = z.enum([
  'stored',
  'duplicate',
  'unknown_account',
  'not_understood',
  'test',
  'ignored',
])
export type EventOutcome = z.infer<typeof EventOutcome>

/** One POST from Meta. `body` only by id, for callers who own every entry. */
export const Delivery = z.object({
  id: z.string(),
  receivedAt: Time,
  bytes: z.number().int(),
  signedWith: z.string(),
  state: DeliveryState,
  events: z.array(
    z.object({
      kind: z.string(),
      outcome: EventOutcome,
      conversationId: z.string().nullable(),
      mid: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  ),
  body: z.string().nullable().optional(),
})
export type Delivery = z.infer<typeof Delivery>

export const DeliveryQuery = ListQuery.extend({ state: DeliveryState.optional() })
