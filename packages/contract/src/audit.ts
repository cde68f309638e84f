import { z } from 'zod'
import { ListQuery, Time } from './list.ts'

/** Who did what, newest first. Ids only, never content. */
export const AuditEntry = z.object({
  id: z.string(),
  at: Time,
  actor: z.string(),
  action: z.string(),
  tenantId: z.string().nullable(),
  subjectId: z.string().nullable(),
  purpose: z.string().nullable(),
  address: z.string().nullable(),
  requestId: z.string().nullable(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
  /** Place in the hash chain; null for about a second after the commit. */
  seq: z.int().nullable(),
  /** SHA-256 over the hash before and this line. */
  hash: z.string().nullable(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

export const AuditQuery = ListQuery.extend({
  tenantId: z.string().max(128).optional(),
  action: z.string().max(100).optional(),
  actor: z.string().max(200).optional(),
  subjectId: z.string().max(200).optional(),
})

/** `since` inclusive, `until` exclusive. */
export const AuditExportQuery = z.object({
  tenantId: z.string().max(128).optional(),
  since: Time.optional(),
  until: Time.optional(),
})
