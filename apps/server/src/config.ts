import type { Capability } from '@parley/contract/capability.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { z } from 'zod'
import { toAlertConfig } from '#alert-settings.ts'
import type { AlertConfig } from '#alert-settings.ts'
import { openAwsKms } from '#ports/aws-kms.ts'
import { SERVICE_PREFIX } from '#ports/master-keys.ts'
import type { MasterKey } from '#ports/master-keys.ts'
import { settings } from '#settings.ts'
import type { SettingName, Settings } from '#settings.ts'

/** One Meta app's pair. The first secret is used, all verify. */
export type MetaApp = { readonly id: string; readonly secrets: readonly [Secret, ...Secret[]] }

/** Every setting, checked. See `.env.example` for what each one means. */
export type Config = {
  readonly port: number
  /** The address to listen on; undefined: every one. */
  readonly host: string | undefined
  /** Where a worker answers for itself; undefined: nowhere. */
  readonly metricsPort: number | undefined
  /** Where people and Meta reach this server; no trailing slash. */
  readonly url: string
  readonly dataDir: string
  readonly logLevel: string
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
  /** When every connection is looked at, whatever happened in between; five fields, UTC. */
  readonly refreshCron: string
  /** Without it alerts are seen in the dashboard only. */
  readonly smtp: { readonly url: Secret; readonly from: string } | undefined
  readonly alerts: AlertConfig
  readonly simulatorPort: number
  readonly hostJwt: {
    readonly jwksUrl: string | undefined
    readonly secret: Secret | undefined
    readonly tenantClaim: string
    readonly audience: string | undefined
    readonly issuer: string | undefined
    readonly createsTenants: boolean
  }
  /** host:port that calls to the host's own servers reach although they are private. */
  readonly hostPrivateTargets: readonly string[]
  /** `parley start` with neither app id set: simulator, made-up secrets and seed. */
  readonly demo: boolean
}

/** What is wrong with one setting, and how it should be. */
export type SettingProblem = { readonly name: string; readonly message: string }

/** Settings that keep the program from starting, all of them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  constructor(problems: readonly SettingProblem[]) {
    const count = `${problems.length} setting${problems.length === 1 ? ' needs' : 's need'} attention`
    const issues = problems.map(({ name, message }) => ({
      code: 'custom' as const,
      path: [name],
      message,
      input: undefined,
    }))
    super(`Cannot start: ${count}\n${z.prettifyError(new z.ZodError(issues))}`)
  }
}

/** Texts by name, after `.env` and `<NAME>_FILE` are read. */
export type Environment = Readonly<Record<string, string | undefined>>

/** @throws ConfigError that lists every problem, those found on the way here (`earlier`) included. */
export function readConfig(
  environment: Environment,
  demo: boolean,
  earlier: readonly SettingProblem[] = [],
): Config {
  const given: Partial<Record<SettingName, string>> = {}
  for (const name of settingNames()) {
    const text = environment[name]
    if (text !== undefined && text.trim() !== '') given[name] = text
  }
  const parsed = z.object(settings).safeParse(given)
  const problems = [...earlier, ...missing(given, earlier)]
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0])
    if (!problems.some((problem) => problem.name === name)) {
      problems.push({ name, message: issue.message })
    }
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return toConfig(parsed.data, demo)
}

export function settingNames(): readonly SettingName[] {
  // `Object.keys` of a constant without further keys.
  return Object.keys(settings) as SettingName[]
}

function missing(
  given: Partial<Record<SettingName, string>>,
  earlier: readonly SettingProblem[],
): SettingProblem[] {
  const problems: SettingProblem[] = []
  const need = (name: SettingName, message: string): void => {
    const isKnown = earlier.some((problem) => problem.name === name)
    if (given[name] === undefined && !isKnown) problems.push({ name, message })
  }
  need('PARLEY_SECRET', 'missing; a long random text, make one with `parley keys new`')
  if (given.KMS_KEY_ID === undefined) {
    need(
      'PARLEY_ENCRYPTION_KEYS',
      'missing; kid:base64 of 32 bytes, make one with `parley keys new`',
    )
  } else {
    need('KMS_REGION', 'missing; it belongs to KMS_KEY_ID')
    need('KMS_ACCESS_KEY_ID', 'missing; it belongs to KMS_KEY_ID')
    need('KMS_SECRET_ACCESS_KEY', 'missing; it belongs to KMS_ACCESS_KEY_ID')
  }
  need(
    'INSTAGRAM_WEBHOOK_VERIFY_TOKEN',
    'missing; any random text, the same one in the Meta dashboard',
  )
  if (given.FACEBOOK_APP_ID === undefined) {
    need('INSTAGRAM_APP_ID', 'missing; set it or FACEBOOK_APP_ID (the demo runs as `parley start`)')
  } else {
    need('FACEBOOK_APP_SECRET', 'missing; it belongs to FACEBOOK_APP_ID')
  }
  if (given.INSTAGRAM_APP_ID !== undefined) {
    need('INSTAGRAM_APP_SECRET', 'missing; it belongs to INSTAGRAM_APP_ID')
  }
  if (given.INSTAGRAM_APP_SECRET !== undefined && given.FACEBOOK_APP_ID !== undefined) {
    need('INSTAGRAM_APP_ID', 'missing; INSTAGRAM_APP_SECRET belongs to it')
  }
  if ((given.SMTP_URL === undefined) !== (given.MAIL_FROM === undefined)) {
    const lacking = given.SMTP_URL === undefined ? 'SMTP_URL' : 'MAIL_FROM'
    need(lacking, 'missing; SMTP_URL and MAIL_FROM belong together')
  }
  if (given.HOST_JWT_SECRET !== undefined && given.HOST_JWKS_URL !== undefined) {
    problems.push({ name: 'HOST_JWT_SECRET', message: 'either this or HOST_JWKS_URL, not both' })
  }
  return problems
}

function toConfig(read: Settings, demo: boolean): Config {
  const { PARLEY_SECRET, INSTAGRAM_WEBHOOK_VERIFY_TOKEN } = read
  const [master, ...others] = [...serviceKeys(read), ...(read.PARLEY_ENCRYPTION_KEYS ?? [])]
  if (!PARLEY_SECRET || !master || !INSTAGRAM_WEBHOOK_VERIFY_TOKEN) {
    throw new Error('required settings are checked before')
  }
  return {
    port: read.PORT,
    // The demo has made-up secrets and no sign-in worth the name: this machine only.
    host: read.PARLEY_HOST ?? (demo ? '127.0.0.1' : undefined),
    metricsPort: read.PARLEY_METRICS_PORT,
    url: read.PARLEY_URL ?? `http://localhost:${read.PORT}`,
    dataDir: read.PARLEY_DATA_DIR,
    logLevel: read.PARLEY_LOG_LEVEL,
    databaseUrl: read.DATABASE_URL,
    secrets: PARLEY_SECRET,
    encryptionKeys: [master, ...others],
    apiKey: read.PARLEY_API_KEY,
    returnUrl: read.PARLEY_RETURN_URL,
    capabilities: read.PARLEY_CAPABILITIES,
    timezone: read.PARLEY_TIMEZONE,
    trustedProxies: read.PARLEY_TRUSTED_PROXIES,
    ...apps(read),
    webhookVerifyToken: INSTAGRAM_WEBHOOK_VERIFY_TOKEN,
    graphVersion: read.GRAPH_API_VERSION,
    metaUrls: {
      instagramWww: read.INSTAGRAM_WWW_URL,
      instagramApi: read.INSTAGRAM_API_URL,
      instagramGraph: read.INSTAGRAM_GRAPH_URL,
      facebookWww: read.FACEBOOK_WWW_URL,
      facebookGraph: read.FACEBOOK_GRAPH_URL,
    },
    refreshCron: read.REFRESH_CRON,
    smtp:
      read.SMTP_URL !== undefined && read.MAIL_FROM !== undefined
        ? { url: read.SMTP_URL, from: read.MAIL_FROM }
        : undefined,
    alerts: toAlertConfig(read),
    simulatorPort: read.SIMULATOR_PORT,
    hostJwt: {
      jwksUrl: read.HOST_JWKS_URL,
      secret: read.HOST_JWT_SECRET,
      tenantClaim: read.HOST_JWT_TENANT_CLAIM,
      audience: read.HOST_JWT_AUDIENCE,
      issuer: read.HOST_JWT_ISSUER,
      createsTenants: read.HOST_JWT_CREATES_TENANTS,
    },
    hostPrivateTargets: read.HOST_PRIVATE_TARGETS,
    demo,
  }
}

/** Keys of a key service stand before those of ours: the first of all wraps. */
function serviceKeys(read: Settings): MasterKey[] {
  const { KMS_REGION, KMS_ACCESS_KEY_ID, KMS_SECRET_ACCESS_KEY } = read
  if (!KMS_REGION || !KMS_ACCESS_KEY_ID || !KMS_SECRET_ACCESS_KEY) return []
  return read.KMS_KEY_ID.map((keyId) => ({
    kid: `${SERVICE_PREFIX}${keyId}`,
    service: openAwsKms({
      keyId,
      region: KMS_REGION,
      endpoint: read.KMS_ENDPOINT,
      accessKeyId: KMS_ACCESS_KEY_ID,
      secretAccessKey: KMS_SECRET_ACCESS_KEY,
      sessionToken: read.KMS_SESSION_TOKEN,
    }),
  }))
}

function apps(read: Settings): Pick<Config, 'instagramApp' | 'facebookApp' | 'signatureSecrets'> {
  const instagram = read.INSTAGRAM_APP_SECRET
  const facebook = read.FACEBOOK_APP_SECRET
  return {
    instagramApp:
      read.INSTAGRAM_APP_ID !== undefined && instagram !== undefined
        ? { id: read.INSTAGRAM_APP_ID, secrets: instagram }
        : undefined,
    facebookApp:
      read.FACEBOOK_APP_ID !== undefined && facebook !== undefined
        ? {
            id: read.FACEBOOK_APP_ID,
            secrets: facebook,
            loginConfigId: read.FACEBOOK_LOGIN_CONFIG_ID,
          }
        : undefined,
    signatureSecrets: [
      ...(instagram ?? []).map((secret) => ({ name: 'instagram', secret })),
      ...(facebook ?? []).map((secret) => ({ name: 'facebook', secret })),
    ],
  }
}
