import { z } from 'zod'

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const DAYS_MAX = 365

/** A weekly moment; the time zone is PARLEY_TIMEZONE. */
export type WeeklyTime = {
  /** Days after Monday. */
  readonly day: number
  /** Minutes after midnight. */
  readonly minute: number
}

/** From when on somebody is told; undefined, or no days: never. */
export type AlertConfig = {
  /** Who reads mails about the installation itself. None: its owners. */
  readonly mailTo: readonly string[]
  readonly errorRatePercent: number | undefined
  readonly errorRateCalls: number
  readonly usedPercent: number | undefined
  readonly webhookFailures: number | undefined
  readonly signatureFailures: number | undefined
  readonly tokenReads: number | undefined
  readonly tokenDays: readonly number[]
  readonly dataAccessDays: readonly number[]
  readonly apiVersionDays: number | undefined
  readonly digest: WeeklyTime | undefined
  readonly digestTo: readonly ('owners' | 'tenants')[]
}

const trimmed = z.string().trim()
const parts = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** A whole number, or `off`, which is null: undefined would be read as unset. */
const threshold = (least: number, most: number) => {
  const message = `a whole number from ${least} to ${most}, or off`
  return trimmed
    .refine((text) => text === 'off' || /^\d{1,9}$/.test(text), message)
    .transform((text) => (text === 'off' ? null : Number(text)))
    .refine((value) => value === null || (value >= least && value <= most), message)
}

const days = trimmed
  .transform((text) => (text === 'off' ? [] : parts(text).map(Number)))
  .refine(
    (list) => list.every((day) => Number.isInteger(day) && day >= 1 && day <= DAYS_MAX),
    'days, comma between, such as 14,7,3,1; or off',
  )

const mails = trimmed
  .transform(parts)
  .pipe(z.array(z.email({ error: 'mail addresses, comma between' })).max(20))

const weeklyTime = trimmed.transform((text, context): WeeklyTime | null => {
  if (text === 'off') return null
  const [, weekday, hour, minute] = /^(\w{3}) ([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  const day = WEEKDAYS.findIndex((name) => name === weekday)
  if (day >= 0) return { day, minute: Number(hour) * 60 + Number(minute) }
  context.addIssue({ code: 'custom', message: 'a weekday and a time such as Mon 08:00, or off' })
  return z.NEVER
})

/** What is too much. Part of the one schema in `settings.ts`. */
export const alertSettings = {
  ALERT_MAIL_TO: mails.default([]),
  ALERT_ERROR_RATE: threshold(1, 100).default(5),
  ALERT_ERROR_RATE_CALLS: trimmed
    .refine((text) => /^[1-9]\d{0,5}$/.test(text), 'a number of calls')
    .transform(Number)
    .default(20),
  ALERT_USAGE: threshold(1, 100).default(80),
  ALERT_WEBHOOK_FAILURES: threshold(0, 1_000_000).default(10),
  ALERT_SIGNATURE_FAILURES: threshold(0, 1_000_000).default(10),
  ALERT_TOKEN_READS: threshold(1, 1_000_000).default(50),
  ALERT_TOKEN_DAYS: days.default([14, 7, 3, 1]),
  ALERT_DATA_ACCESS_DAYS: days.default([14, 7, 3, 1]),
  ALERT_API_VERSION_DAYS: threshold(1, DAYS_MAX).default(180),
  ALERT_DIGEST: weeklyTime.default({ day: 0, minute: 8 * 60 }),
  ALERT_DIGEST_TO: trimmed
    .transform(parts)
    .pipe(z.array(z.enum(['owners', 'tenants'], { error: 'owners, tenants, or both' })))
    .default(['owners', 'tenants']),
} as const

export function toAlertConfig(read: z.output<z.ZodObject<typeof alertSettings>>): AlertConfig {
  return {
    mailTo: read.ALERT_MAIL_TO,
    errorRatePercent: read.ALERT_ERROR_RATE ?? undefined,
    errorRateCalls: read.ALERT_ERROR_RATE_CALLS,
    usedPercent: read.ALERT_USAGE ?? undefined,
    webhookFailures: read.ALERT_WEBHOOK_FAILURES ?? undefined,
    signatureFailures: read.ALERT_SIGNATURE_FAILURES ?? undefined,
    tokenReads: read.ALERT_TOKEN_READS ?? undefined,
    tokenDays: read.ALERT_TOKEN_DAYS,
    dataAccessDays: read.ALERT_DATA_ACCESS_DAYS,
    apiVersionDays: read.ALERT_API_VERSION_DAYS ?? undefined,
    digest: read.ALERT_DIGEST ?? undefined,
    digestTo: read.ALERT_DIGEST_TO,
  }
}
