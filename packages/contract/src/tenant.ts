import { z } from 'zod'
import { Automation } from './automation.ts'
import { Capability } from './capability.ts'

/** The host's own id for one of its customers. */
export const TenantId = z
  .string()
  .regex(/^[A-Za-z0-9._:@-]{1,128}$/, 'letters, digits and . _ : @ -, at most 128')
export type TenantId = z.infer<typeof TenantId>

const Days = z.int().min(1).max(3650)

/**
 * How many days messages, deliveries and synced media are kept; null: for good. What people send is no medium of its own:
 * its address is part of the message and goes with it. Nothing is synced yet, so `mediaDays` deletes nothing yet.
 */
export const Retention = z.object({
  messagesDays: Days.nullable().default(null),
  deliveriesDays: Days.nullable().default(null),
  mediaDays: Days.nullable().default(null),
})
export type Retention = z.infer<typeof Retention>

export const TenantRequest = z.object({
  name: z.string().trim().min(1).max(200),
  returnUrls: z.array(z.string().max(2000)).max(50).default([]),
  contactEmail: z.email().nullish(),
  timezone: z.string().max(64).nullish(),
  capabilities: z.array(Capability).nullish(),
  defaultAutomation: Automation.nullish(),
  retention: Retention.nullish(),
})
export type TenantRequest = z.infer<typeof TenantRequest>

export const Tenant = z.object({
  id: TenantId,
  name: z.string(),
  returnUrls: z.array(z.string()),
  contactEmail: z.string().nullable(),
  timezone: z.string(),
  capabilities: z.array(Capability).nullable(),
  defaultAutomation: Automation.nullable(),
  retention: Retention,
})
export type Tenant = z.infer<typeof Tenant>
