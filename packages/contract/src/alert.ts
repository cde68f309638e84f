import { z } from 'zod'
import { ListQuery, Time } from './list.ts'

export const AlertKind = z.enum([
  'connection_lost',
  'connection_expiring',
  'not_subscribed',
  'data_access_expiring',
  'silent',
  'confirmation_waiting',
  'app_paused',
  'host_endpoint_disabled',
  'error_rate',
  'usage_high',
  'webhook_failures',
  'signature_failures',
  'token_reads_unusual',
  'api_version_ending',
])
export type AlertKind = z.infer<typeof AlertKind>

export const AlertSeverity = z.enum(['info', 'warning', 'critical'])
export type AlertSeverity = z.infer<typeof AlertSeverity>

/** Something a person must know, once per cause. */
export const Alert = z.object({
  id: z.string(),
  /** Null: the installation's own. */
  tenantId: z.string().nullable(),
  kind: AlertKind,
  severity: AlertSeverity,
  connectionId: z.string().nullable(),
  message: z.string(),
  hint: z.string(),
  openedAt: Time,
  resolvedAt: Time.nullable(),
})
export type Alert = z.infer<typeof Alert>

export const AlertQuery = ListQuery.extend({
  tenantId: z.string().max(128).optional(),
  connectionId: z.uuid().optional(),
  state: z.enum(['open', 'resolved']).optional(),
})
