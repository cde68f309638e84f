import { z } from 'zod'

/**
 * Everything in which Meta's behaviour is known to vary, or in which its own pages disagree.
 * The descriptions are what the phone's pane shows; the defaults are what `meta/*.md` decides to build on.
 */
export const switchesSchema = z.strictObject({
  tokenReply: z.enum(['flat_int', 'flat_string', 'data_array']).default('flat_int'),
  permissionsReply: z.enum(['array', 'string']).default('array'),
  meReply: z.enum(['flat', 'data_array']).default('flat'),
  meUserId: z.enum(['string', 'int']).default('string'),
  refreshReply: z.enum(['new_string', 'same_string']).default('new_string'),
  oldTokenAfterRefresh: z.enum(['keeps_working', 'dies']).default('keeps_working'),
  meSubscribedAppsRefused: z.boolean().default(false),
  permissionsDeleteReply: z.enum(['success', 'true']).default('success'),
  requireProof: z.boolean().default(false),
  accountsPageMax: z.int().min(1).max(100).default(4),
  traceId: z.enum(['usually', 'always', 'never']).default('usually'),

  instagramAppMode: z.enum(['live', 'development']).default('live'),
  instagramAppAccess: z.enum(['advanced', 'standard']).default('advanced'),
  facebookAppMode: z.enum(['live', 'development']).default('live'),

  echo: z.enum(['after', 'before', 'off']).default('after'),
  echoAppId: z.boolean().default(true),
  echoDelayMs: z.int().min(0).max(600_000).default(0),
  windowErrorStatus: z.union([z.literal(400), z.literal(403), z.literal(500)]).default(400),
  humanAgent: z.boolean().default(true),
  routing: z.enum(['off', 'other_app_owns']).default('off'),
  sendsPerSecond: z.int().min(1).default(100),
  mediaSendsPerSecond: z.int().min(1).default(10),
  conversationCallsPerSecond: z.int().min(1).default(2),
  usagePercent: z.int().min(0).max(100).nullable().default(null),
  fetchMedia: z.enum(['loopback', 'never']).default('loopback'),

  signWith: z.enum(['own', 'other_app', 'wrong']).default('own'),
  webhookDelayMs: z.int().min(0).max(600_000).default(0),
  webhookHold: z.boolean().default(false),
  webhookDuplicate: z.boolean().default(false),
  webhookReorder: z.boolean().default(false),
  webhookBatch: z.boolean().default(false),
  webhookArray: z.boolean().default(false),
  editCompanion: z.enum(['off', 'beside', 'instead']).default('off'),
  postbackMid: z.boolean().default(true),
  numericAdId: z.boolean().default(false),
  disableAfterMs: z.int().min(1000).nullable().default(3_600_000),
})

export type Switches = z.infer<typeof switchesSchema>

export const defaultSwitches = (): Switches => switchesSchema.parse({})
