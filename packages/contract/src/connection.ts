import { z } from 'zod'
import { Capability, Login } from './capability.ts'
import { ListQuery, Time } from './list.ts'

export const ConnectionStatus = z.enum([
  'pending',
  'active',
  'expiring',
  'needs_reauth',
  'revoked',
  'disconnected',
])
export type ConnectionStatus = z.infer<typeof ConnectionStatus>

/** `never`: page tokens. `unknown`: Meta told no date. `expiresAt` is null for both. */
export const Expiry = z.enum(['known', 'never', 'unknown'])

export const CapabilityState = z.object({
  state: z.enum(['on', 'off', 'unknown']),
  reason: z.string().optional(),
})
export type CapabilityState = z.infer<typeof CapabilityState>

export const Grant = z.object({
  login: Login,
  status: ConnectionStatus,
  scopes: z.array(z.string()),
  pageId: z.string().nullable(),
  issuedAt: Time,
  refreshedAt: Time.nullable(),
  nextRefreshAt: Time.nullable(),
  expiresAt: Time.nullable(),
  expiry: Expiry,
})
export type Grant = z.infer<typeof Grant>

/** What was checked right after connecting, in the order a person reads it. */
export const SelfTest = z.object({
  checkedAt: Time,
  checks: z.array(
    z.object({
      name: z.enum(['identity', 'expiry', 'permissions', 'subscription', 'first_webhook']),
      state: z.enum(['ok', 'waiting', 'failed']),
      message: z.string(),
    }),
  ),
})
export type SelfTest = z.infer<typeof SelfTest>

export const Connection = z.object({
  id: z.string(),
  tenantId: z.string(),
  status: ConnectionStatus,
  reason: z.string().nullable(),
  checkedAt: Time.nullable(),
  account: z.object({
    id: z.string(),
    username: z.string().nullable(),
    name: z.string().nullable(),
    pictureUrl: z.string().nullable(),
    profileUrl: z.string().nullable(),
    type: z.string().nullable(),
  }),
  grants: z.array(Grant),
  capabilities: z.partialRecord(Capability, CapabilityState),
  connectedAt: Time.nullable(),
  lastEventAt: Time.nullable(),
  lastMessageAt: Time.nullable(),
  webhook: z.object({
    subscribed: z.boolean(),
    fields: z.array(z.string()),
    checkedAt: Time.nullable(),
  }),
  media: z.object({ count: z.number().int(), lastSyncAt: Time.nullable(), state: z.string() }),
  selfTest: SelfTest.nullable(),
})
export type Connection = z.infer<typeof Connection>

export const ConnectionQuery = ListQuery.extend({
  tenantId: z.string().max(128).optional(),
  status: ConnectionStatus.optional(),
})

export const TokenStatus = z.object({
  isValid: z.boolean(),
  status: ConnectionStatus,
  reason: z.string().nullable(),
  checkedAt: Time.nullable(),
  issuedAt: Time.nullable(),
  refreshedAt: Time.nullable(),
  nextRefreshAt: Time.nullable(),
  expiresAt: Time.nullable(),
  expiry: Expiry,
  expiresWithin24h: z.boolean(),
  refreshDue: z.boolean(),
  tokenInfo: z.object({
    appId: z.string().nullable(),
    application: z.string().nullable(),
    scopes: z.array(z.string()),
    userId: z.string().nullable(),
  }),
  message: z.string(),
})
export type TokenStatus = z.infer<typeof TokenStatus>

/** Token status after a refresh was asked for; `refreshed`: there is a new token. */
export const RefreshAnswer = TokenStatus.extend({ refreshed: z.boolean() })
export type RefreshAnswer = z.infer<typeof RefreshAnswer>

export const SweepRequest = z.strictObject({
  tenantId: z.string().max(128).optional(),
  /** Every token Meta allows, due or not. */
  force: z.boolean().optional(),
})

/** `total` = refreshed + failed + invalid. `failed` is tried again; `invalid`: a person must act. */
export const SweepResult = z.object({
  refreshed: z.number().int(),
  failed: z.number().int(),
  invalid: z.number().int(),
  /** Not due, under 24 h old, or held by another worker. */
  skipped: z.number().int(),
  total: z.number().int(),
  message: z.string(),
})
export type SweepResult = z.infer<typeof SweepResult>

/** The token itself, for calls a host makes at Meta by itself. It changes with every refresh: fetch it anew. */
export const AccessToken = z.object({
  accessToken: z.string(),
  login: Login,
  expiresAt: Time.nullable(),
  expiry: Expiry,
  scopes: z.array(z.string()),
  /** The professional account. */
  accountId: z.string(),
  /** The page that acts, with the Facebook login. */
  pageId: z.string().nullable(),
})
export type AccessToken = z.infer<typeof AccessToken>

export const ConfirmRequest = z.object({ code: z.string().max(200).optional() })
