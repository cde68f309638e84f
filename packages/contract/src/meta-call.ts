import { z } from 'zod'
import { Delivery } from './delivery.ts'
import { ListQuery, Time } from './list.ts'

/** `handshake`: the check of the callback address. The last two are what somebody did in their settings at Meta. */
export const MetaCallKind = z.enum(['handshake', 'delivery', 'deauthorize', 'data_deletion'])
export type MetaCallKind = z.infer<typeof MetaCallKind>

export const MetaCallOutcome = z.enum(['accepted', 'refused'])
export type MetaCallOutcome = z.infer<typeof MetaCallOutcome>

/** One call at the addresses that are Meta's. Refused ones may be anybody's. */
export const MetaCall = z.object({
  id: z.string(),
  at: Time,
  kind: MetaCallKind,
  outcome: MetaCallOutcome,
  message: z.string(),
  /** What to do about it; null: nothing. */
  hint: z.string().nullable(),
  /** Null: not noted, as for deliveries that were accepted. */
  address: z.string().nullable(),
  /** Of an accepted delivery. */
  delivery: Delivery.omit({ body: true }).nullable(),
})
export type MetaCall = z.infer<typeof MetaCall>

export const MetaCallQuery = ListQuery.extend({
  kind: MetaCallKind.optional(),
  outcome: MetaCallOutcome.optional(),
})
