import type { Secret } from '@parley/instagram/secret.ts'
import { createTransport } from 'nodemailer'

type Mail = {
  readonly to: readonly string[]
  /** The same for every try, so that a mail server that took one after all gives its reader one. */
  readonly id: string
  readonly subject: string
  readonly text: string
  /** The same for readers that show pages. */
  readonly html?: string
}

/** Sends one mail. Throws what the mail server or the way to it says. */
export type SendMail = (mail: Mail) => Promise<void>

/** Of the whole mail. A slow server may still take it afterwards; then its `id` says that it is the same. */
const TIMEOUT_MS = 60_000
/** Of each step: nobody answers. */
const TIMEOUTS = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 20_000 }

/** Mail over SMTP; undefined when none is configured. */
export function openMail(
  smtp: { readonly url: Secret; readonly from: string } | undefined,
): SendMail | undefined {
  if (smtp === undefined) return undefined
  const transport = createTransport({ url: smtp.url.reveal(), ...TIMEOUTS }, { from: smtp.from })
  return async ({ to, id, ...mail }) => {
    const messageId = `<${id}@parley>`
    await within(TIMEOUT_MS, transport.sendMail({ to: [...to], messageId, ...mail }))
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
