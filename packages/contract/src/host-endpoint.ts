import { z } from 'zod'
import { HostEventType } from './host-event.ts'
import { ListQuery, Time } from './list.ts'
import { TenantId } from './tenant.ts'

const Url = z.string().trim().min(1).max(2000)
const Events = z
  .array(HostEventType)
  .min(1)
  .max(100)
  .transform((types) => [...new Set(types)])

/** Without `events` it is told everything; without `tenantId` of every tenant. */
export const HostEndpointRequest = z.object({
  url: Url,
  events: Events.nullish(),
  tenantId: TenantId.nullish(),
})
export type HostEndpointRequest = z.infer<typeof HostEndpointRequest>

/** What is left out stays; `events` null is every event. */
export const HostEndpointChange = z.strictObject({
  url: Url.optional(),
  events: Events.nullish(),
  state: z.enum(['active', 'disabled']).optional(),
})
export type HostEndpointChange = z.infer<typeof HostEndpointChange>

/** `failingSince`: every delivery since then failed. After three days of that the endpoint is disabled. */
export const HostEndpoint = z.object({
  id: z.string(),
  tenantId: z.string().nullable(),
  url: z.string(),
  events: z.array(HostEventType).nullable(),
  state: z.enum(['active', 'disabled']),
  disabledReason: z.enum(['by_hand', 'gone', 'failing', 'secret_lost']).nullable(),
  disabledAt: Time.nullable(),
  failingSince: Time.nullable(),
  createdAt: Time,
  updatedAt: Time,
})
export type HostEndpoint = z.infer<typeof HostEndpoint>

/** The only answers that ever hold the secret. */
export const HostEndpointWithSecret = HostEndpoint.extend({ secret: z.string() })
export type HostEndpointWithSecret = z.infer<typeof HostEndpointWithSecret>

/** The secret before signs beside the new one until `previousUntil`. */
export const RolledSecret = z.object({ secret: z.string(), previousUntil: Time })
export type RolledSecret = z.infer<typeof RolledSecret>

export const HostEndpointQuery = ListQuery.extend({ tenantId: TenantId.optional() })
