import type { Capability } from '@parley/contract/capability.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import type { MasterKey } from '#ports/vault.ts'

/** One Meta app's pair. The first secret is used, all verify. */
export type MetaApp = { readonly id: string; readonly secrets: readonly [Secret, ...Secret[]] }

/** Every setting, checked. See `.env.example` for what each one means. */
export type Config = {
  readonly port: number
  /** Where people and Meta reach this server; no trailing slash. */
  readonly url: string
  readonly dataDir: string
  /** Unset: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined
  /** For cookies and for hashes of links and keys. The first is used, all verify. */
  readonly secrets: readonly [Secret, ...Secret[]]
  readonly encryptionKeys: readonly [MasterKey, ...MasterKey[]]
  /** Has every scope. */
  readonly apiKey: Secret | undefined
  readonly returnUrl: string | undefined
  readonly capabilities: readonly Capability[]
  readonly timezone: string
  /** Addresses whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  readonly instagramApp: MetaApp | undefined
  readonly facebookApp: (MetaApp & { readonly loginConfigId: string | undefined }) | undefined
  /** Every configured app secret with its name: webhooks may be signed with any. */
  readonly signatureSecrets: readonly { readonly name: string; readonly secret: Secret }[]
  readonly webhookVerifyToken: Secret
  readonly graphVersion: string
  readonly metaUrls: {
    readonly instagramWww: string
    readonly instagramApi: string
    readonly instagramGraph: string
    readonly facebookWww: string
    readonly facebookGraph: string
  }
  readonly simulatorPort: number
  readonly hostJwt: {
    readonly jwksUrl: string | undefined
    readonly secret: Secret | undefined
    readonly tenantClaim: string
    readonly audience: string | undefined
    readonly issuer: string | undefined
    readonly createsTenants: boolean
  }
  /** host:port allowed past the SSRF guard. */
  readonly hostPrivateTargets: readonly string[]
  /** `parley start` with neither app id set: simulator, made-up secrets and seed. */
  readonly demo: boolean
}
