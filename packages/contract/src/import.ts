import { z } from 'zod'
import { Login } from './capability.ts'
import { Connection } from './connection.ts'
import { Time } from './list.ts'
import { TenantId } from './tenant.ts'

/** One token to import. */
export const ImportRequest = z.strictObject({
  tenantId: TenantId,
  login: Login,
  /** An Instagram token of any age, a Facebook user token, or a page token. */
  accessToken: z
    .string()
    .regex(/^[\x21-\x7e]{20,4096}$/, 'a token: 20 to 4096 characters without spaces'),
  /** Which page, when a Facebook token is for several. */
  pageId: z
    .string()
    .regex(/^\d{1,32}$/)
    .optional(),
})
export type ImportRequest = z.infer<typeof ImportRequest>

/** How many rows one request may bring: each is several calls at Meta. */
export const IMPORT_ROWS_MAX = 50

/** A row as somebody's export has it: names in any case, snake or camel; what is missing or wrong is told per row. */
const ImportRow = z.record(z.string(), z.unknown())
export const ImportList = z.array(ImportRow).min(1).max(IMPORT_ROWS_MAX)
export const ImportRows = z.strictObject({
  rows: ImportList,
  /** Asks Meta what changes nothing, and writes nothing. */
  dryRun: z.boolean().default(false),
  /** Makes a connect link to send on for every row whose token cannot be kept. */
  invite: z.boolean().default(false),
})

export type ImportRows = z.infer<typeof ImportRows>

/** One token, or many. */
export const ImportBody = z.union([ImportRequest, ImportRows, ImportList])

/**
 * `kept`: the token is long-lived and kept. `exchanged`: it was short-lived, its long-lived one is kept. `unchanged`:
 * imported before (and perhaps disconnected since: see `detail`), or the account is live here. `refused`: see `code`; beside another status it
 * names what is still missing. `ready`: of a dry run, nothing stands against it.
 */
export const ImportStatus = z.enum(['kept', 'exchanged', 'unchanged', 'refused', 'ready'])
export type ImportStatus = z.infer<typeof ImportStatus>

/**
 * A link for the account's owner. Shown once: the same row again names its session and how long it is open, or that it
 * was used.
 */
export const ImportInvite = z.object({
  state: z.enum(['made', 'open', 'used']),
  sessionId: z.string(),
  url: z.string().nullable(),
  expiresAt: Time,
})
export type ImportInvite = z.infer<typeof ImportInvite>

/** What became of one row. Never a token. */
export const ImportOutcome = z.object({
  /** From 1; of a file, the line. */
  line: z.number().int(),
  status: ImportStatus,
  tenantId: z.string().nullable(),
  connectionId: z.string().nullable(),
  code: z.string().nullable(),
  title: z.string().nullable(),
  /** The next step. */
  hint: z.string().nullable(),
  detail: z.string().nullable(),
  fields: z.array(z.object({ path: z.string(), message: z.string() })),
  invite: ImportInvite.nullable(),
})
export type ImportOutcome = z.infer<typeof ImportOutcome>

export const ImportReport = z.object({
  data: z.array(ImportOutcome),
  kept: z.number().int(),
  exchanged: z.number().int(),
  unchanged: z.number().int(),
  refused: z.number().int(),
  ready: z.number().int(),
})
export type ImportReport = z.infer<typeof ImportReport>

/** A connection for one token, a report for many. */
export const ImportAnswer = z.union([Connection, ImportReport])
