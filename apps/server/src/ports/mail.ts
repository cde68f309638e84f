import type { Secret } from '@parley/instagram/secret.ts'
import { createTransport } from 'nodemailer'

type Mail = {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  /** The same for readers that show pages. */
  readonly html?: string
}

/** Sends one mail. Throws what the mail server or the way to it says. */
export type SendMail = (mail: Mail) => Promise<void>

const TIMEOUT_MS = 15_000
/** The transport gives up before we do, so that a mail is not delivered after it counted as failed. */
const TIMEOUTS = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 12_000 }

/** Mail over SMTP; undefined when none is configured. */
export function openMail(
  smtp: { readonly url: Secret; readonly from: string } | undefined,
): SendMail | undefined {
  if (smtp === undefined) return undefined
  const transport = createTransport({ url: smtp.url.reveal(), ...TIMEOUTS }, { from: smtp.from })
  return async ({ to, ...mail }) => {
    await within(TIMEOUT_MS, transport.sendMail({ to: [...to], ...mail }))
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
