import { isIP } from 'node:net'
import { Capability } from '@parley/contract/capability.ts'
import { Secret } from '@parley/instagram/secret.ts'
import { z } from 'zod'
import { alertSettings } from '#alert-settings.ts'
import { normaliseReturnUrl } from '#tenants/return-url.ts'

const SECRET_CHARACTERS_MIN = 16
const API_KEY_CHARACTERS_MIN = 16
/** As many as HS256 hashes to: a shorter one is guessed from any JWT made with it. */
const JWT_SECRET_CHARACTERS_MIN = 32
const KEY_BYTES = 32
const PORT_MAX = 65_535

const trimmed = z.string().trim()
const withoutTrailingSlash = (url: string): string => url.replace(/\/+$/, '')

const port = trimmed
  .regex(/^\d{1,5}$/, 'a port, 1 to 65535')
  .transform(Number)
  .refine((value) => value >= 1 && value <= PORT_MAX, 'a port, 1 to 65535')

const list = <Item>(item: z.ZodType<Item, string>) =>
  trimmed
    .transform((text) => text.split(',').map((part) => part.trim()))
    .transform((parts) => parts.filter((part) => part !== ''))
    .pipe(z.array(item))

const yesOrNo = z
  .enum(['true', 'false'], { error: '`true` or `false`' })
  .transform((text) => text === 'true')

const secret = trimmed.transform((text) => new Secret(text))
const secretOf = (charactersMin: number) =>
  secret.refine(
    (value) => value.reveal().length >= charactersMin,
    `at least ${charactersMin} characters; make one with \`parley keys new\``,
  )
const secrets = list(z.string().transform((text) => new Secret(text))).pipe(
  z.tuple([z.instanceof(Secret)], z.instanceof(Secret)),
)

const httpUrl = trimmed
  .refine((text) => ['http:', 'https:'].includes(protocolOf(text)), 'an http:// or https:// URL')
  .transform(withoutTrailingSlash)

/** Encrypted unless it never leaves the machine. */
const safeUrl = httpUrl.refine(
  (text) =>
    protocolOf(text) !== '' &&
    (protocolOf(text) === 'https:' || isLoopback(new URL(text).hostname)),
  'an https:// URL; http:// only for this machine (localhost)',
)

/** What people's browsers and Meta use. */
const publicUrl = safeUrl
  .refine((text) => protocolOf(text) !== '' && isOriginOnly(new URL(text)), 'a URL without a path')
  .transform((text) => new URL(text).origin)

/** What a tenant's list would take, in the form in which it would keep it. */
const returnUrl = trimmed.transform((text, context) => {
  const url = normaliseReturnUrl(text)
  if (url !== undefined) return url
  const message = 'an https:// URL without user, fragment or *; http:// only for this machine'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

const databaseUrl = trimmed.refine(
  (text) => ['postgres:', 'postgresql:'].includes(protocolOf(text)),
  'a postgres:// URL',
)

const masterKey = z
  .string()
  .regex(/^[\w.-]{1,64}:[\w+/-]+={0,2}$/)
  .transform((text) => {
    const [kid = '', encoded = ''] = text.split(':', 2)
    return { kid, key: new Uint8Array(Buffer.from(encoded, 'base64')) }
  })
  .refine(({ key }) => key.length === KEY_BYTES)
type MasterKey = z.output<typeof masterKey>
const masterKeys = trimmed.transform((text, context): [MasterKey, ...MasterKey[]] => {
  const parsed = list(masterKey).safeParse(text)
  const [first, ...rest] = parsed.success ? parsed.data : []
  const message = 'kid:base64 of 32 bytes, comma between several; make one with `parley keys new`'
  if (first === undefined) {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  const kids = new Set([first, ...rest].map(({ kid }) => kid))
  if (kids.size !== rest.length + 1)
    context.addIssue({ code: 'custom', message: 'a kid of its own for each key' })
  return [first, ...rest]
})

/** host:port, in the form a URL's host has. */
const target = z.string().transform((text, context) => {
  const url = URL.canParse(`tcp://${text}`) ? new URL(`tcp://${text}`) : undefined
  if (
    url !== undefined &&
    url.port !== '' &&
    text.endsWith(`:${url.port}`) &&
    !text.includes('@')
  ) {
    return `${url.hostname.toLowerCase()}:${url.port}`
  }
  context.addIssue({ code: 'custom', message: 'host:port, such as 10.0.0.5:8443' })
  return z.NEVER
})

const timezone = trimmed.refine((text) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}, 'a time zone such as Europe/Madrid')

/** A crontab line's five fields: minute, hour, day, month, weekday; each a number, `*`, a list, a range, a step. */
const CRON_LIMITS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const
const cron = trimmed.refine((text) => {
  const fields = text.split(/\s+/)
  if (fields.length !== CRON_LIMITS.length) return false
  return CRON_LIMITS.every(([least, most], n) =>
    (fields[n] ?? '').split(',').every((part) => {
      const found = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/[1-9]\d*)?$/.exec(part)
      const ends = [found?.[1], found?.[2]].flatMap((end) =>
        end === undefined ? [] : [Number(end)],
      )
      return found !== null && ends.every((end) => end >= least && end <= most)
    }),
  )
}, 'five fields of a crontab in UTC, such as 0 4 * * *')

const proxy = z.string().refine((text) => {
  const [address = '', prefix] = text.split('/', 2)
  const family = isIP(address)
  const isRange =
    prefix === undefined ||
    (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
  return family !== 0 && isRange
}, 'addresses or CIDR ranges, such as 10.0.0.0/8')

/**
 * Every setting, as text in and checked value out. `.env.example` says what each one means; the house rules compare
 * the two. An empty text counts as unset.
 */
export const settings = {
  PORT: port.default(3000),
  PARLEY_HOST: trimmed.optional(),
  PARLEY_METRICS_PORT: port.optional(),
  PARLEY_URL: publicUrl.optional(),
  PARLEY_DATA_DIR: trimmed.default('.parley'),
  PARLEY_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DATABASE_URL: databaseUrl.optional(),
  PARLEY_SECRET: secrets
    .refine(
      (values) => values.every((value) => value.reveal().length >= SECRET_CHARACTERS_MIN),
      `at least ${SECRET_CHARACTERS_MIN} characters each; make one with \`parley keys new\``,
    )
    .optional(),
  PARLEY_ENCRYPTION_KEYS: masterKeys.optional(),
  PARLEY_API_KEY: secretOf(API_KEY_CHARACTERS_MIN).optional(),
  PARLEY_RETURN_URL: returnUrl.optional(),
  PARLEY_CAPABILITIES: list(Capability).default(['messages']),
  PARLEY_TIMEZONE: timezone.default('UTC'),
  PARLEY_TRUSTED_PROXIES: list(proxy).default([]),
  INSTAGRAM_APP_ID: trimmed.regex(/^\d+$/, 'digits only').optional(),
  INSTAGRAM_APP_SECRET: secrets.optional(),
  FACEBOOK_APP_ID: trimmed.regex(/^\d+$/, 'digits only').optional(),
  FACEBOOK_APP_SECRET: secrets.optional(),
  FACEBOOK_LOGIN_CONFIG_ID: trimmed.regex(/^\d+$/, 'digits only').optional(),
  INSTAGRAM_WEBHOOK_VERIFY_TOKEN: secret.optional(),
  GRAPH_API_VERSION: trimmed.regex(/^v\d+\.\d+$/, 'a version such as v25.0').default('v25.0'),
  INSTAGRAM_WWW_URL: httpUrl.default('https://www.instagram.com'),
  INSTAGRAM_API_URL: httpUrl.default('https://api.instagram.com'),
  INSTAGRAM_GRAPH_URL: httpUrl.default('https://graph.instagram.com'),
  FACEBOOK_WWW_URL: httpUrl.default('https://www.facebook.com'),
  FACEBOOK_GRAPH_URL: httpUrl.default('https://graph.facebook.com'),
  REFRESH_CRON: cron.default('0 4 * * *'),
  SMTP_URL: trimmed
    .refine(
      (text) => ['smtp:', 'smtps:'].includes(protocolOf(text)),
      'smtp://user:password@host:587',
    )
    .transform((text) => new Secret(text))
    .optional(),
  MAIL_FROM: trimmed.min(3).max(200).optional(),
  ...alertSettings,
  SIMULATOR_PORT: port.default(3001),
  HOST_JWKS_URL: safeUrl.optional(),
  HOST_JWT_SECRET: secretOf(JWT_SECRET_CHARACTERS_MIN).optional(),
  HOST_JWT_TENANT_CLAIM: trimmed.default('sub'),
  HOST_JWT_AUDIENCE: trimmed.optional(),
  HOST_JWT_ISSUER: trimmed.optional(),
  HOST_JWT_CREATES_TENANTS: yesOrNo.default(false),
  HOST_PRIVATE_TARGETS: list(target).default([]),
  KMS_KEY_ID: list(
    z.string().regex(/^[\w:/.-]{1,512}$/, 'key ids, ARNs or aliases of AWS KMS'),
  ).default([]),
  KMS_REGION: trimmed.regex(/^[a-z0-9-]{1,40}$/, 'a region such as eu-west-1').optional(),
  KMS_ENDPOINT: safeUrl.optional(),
  KMS_ACCESS_KEY_ID: trimmed.optional(),
  KMS_SECRET_ACCESS_KEY: secret.optional(),
  KMS_SESSION_TOKEN: secret.optional(),
} as const

export type SettingName = keyof typeof settings
export type Settings = z.output<z.ZodObject<typeof settings>>

/** These may be given as `<NAME>_FILE`. */
export const secretSettings: readonly SettingName[] = [
  'DATABASE_URL',
  'PARLEY_SECRET',
  'PARLEY_ENCRYPTION_KEYS',
  'PARLEY_API_KEY',
  'INSTAGRAM_APP_SECRET',
  'FACEBOOK_APP_SECRET',
  'INSTAGRAM_WEBHOOK_VERIFY_TOKEN',
  'HOST_JWT_SECRET',
  'SMTP_URL',
  'KMS_SECRET_ACCESS_KEY',
  'KMS_SESSION_TOKEN',
]

/** Published names of parts this version does not have; setting one gives a warning, so nobody waits for an effect. */
export const reservedSettings: readonly string[] = ['AI_MODEL', 'AI_API_KEY', 'AI_BASE_URL']

/** Names people bring from elsewhere, and what to use here. */
export const foreignSettings: Readonly<Record<string, string>> = {
  META_APP_ID: 'FACEBOOK_APP_ID (the Meta app) or INSTAGRAM_APP_ID (the Instagram app)',
  META_APP_SECRET: 'FACEBOOK_APP_SECRET (the Meta app) or INSTAGRAM_APP_SECRET (the Instagram app)',
  INSTAGRAM_CLIENT_ID: 'INSTAGRAM_APP_ID',
  INSTAGRAM_CLIENT_SECRET: 'INSTAGRAM_APP_SECRET',
  INSTAGRAM_REDIRECT_URI: 'PARLEY_URL; the address is always <PARLEY_URL>/oauth/instagram/callback',
  INSTAGRAM_FRONTEND_REDIRECT_URI: 'PARLEY_RETURN_URL',
  NEXT_PUBLIC_APP_URL: 'PARLEY_URL',
  SOCIAL_TOKEN_ENCRYPTION_KEY: 'PARLEY_ENCRYPTION_KEYS',
  INSTAGRAM_PAGE_ACCESS_TOKEN: 'POST /v1/connections/import',
  INSTAGRAM_PAGE_ID: 'POST /v1/connections/import',
}

export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '')
  const isName = name === 'localhost' || name.endsWith('.localhost')
  return isName || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

const isOriginOnly = ({ href, origin }: URL): boolean => href === `${origin}/`

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : ''
}
