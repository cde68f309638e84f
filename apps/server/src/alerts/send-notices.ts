import type { AlertKind } from '@parley/contract/alert.ts'
import type { SendMail } from '#ports/mail.ts'
import type { Ports } from '#ports/ports.ts'
import { describeAlert, describeEnd } from './describe-alert.ts'
import { mailPauseMs } from './mail-pause.ts'
import { claimNotices, endNotice } from './store.ts'
import type { DueNotice } from './store.ts'

export const NOTICES_PAUSE_MS = 2000
/** At once; with the time a mail may take, well within the lease. */
const BATCH = 5
const LEASE_SECONDS = 120

type Touched = Pick<Ports, 'db' | 'clock' | 'log'>

/** A fresh link that reconnects without signing in; undefined when none can be made. */
export type MakeReconnectLink = (connection: {
  tenantId: string
  connectionId: string
}) => Promise<string | undefined>

/** Whom mails about the installation itself go to. */
export type FindOwnMails = () => Promise<readonly string[]>

/** A fresh login ends these; the others it would not help. */
const RECONNECT_HELPS: ReadonlySet<AlertKind> = new Set([
  'connection_lost',
  'connection_expiring',
  'data_access_expiring',
  'not_subscribed',
  'silent',
])

/**
 * Writes the mails that are due. Leased: each is written once, unless a worker dies between the mail server's yes and the
 * record of it. What belongs to a tenant goes to its address, what belongs to the installation to its own; without one, or
 * without SMTP, the alert stands in the dashboard only.
 */
export async function sendNotices(
  ports: Touched,
  send: SendMail | undefined,
  makeLink: MakeReconnectLink,
  findOwnMails: FindOwnMails,
): Promise<void> {
  const now = new Date(ports.clock.now())
  const due = await claimNotices(ports.db, { now, limit: BATCH, leaseSeconds: LEASE_SECONDS })
  await Promise.all(
    due.map(async (notice) => await sendOne(ports, notice, { send, makeLink, findOwnMails })),
  )
}

async function sendOne(
  ports: Touched,
  notice: DueNotice,
  by: {
    readonly send: SendMail | undefined
    readonly makeLink: MakeReconnectLink
    readonly findOwnMails: FindOwnMails
  },
): Promise<void> {
  const { send, makeLink, findOwnMails } = by
  // What is over needs no telling; that it is over has a mail of its own.
  const isOver = notice.what !== 'resolved' && notice.resolved_at !== null
  const to = isOver ? [] : await addressesOf(notice, findOwnMails)
  const id = notice.notice_id
  if (send === undefined || to.length === 0) {
    await endNotice(ports.db, id, { state: 'skipped', at: new Date(ports.clock.now()) })
    return
  }
  try {
    await send({ to, id, ...(await write(notice, makeLink)) })
    await endNotice(ports.db, id, { state: 'sent', at: new Date(ports.clock.now()) })
  } catch (error) {
    ports.log.warn({ err: error, notice: id }, 'a mail was not sent')
    const waitMs = mailPauseMs(notice.attempts)
    const at = new Date(ports.clock.now() + (waitMs ?? 0))
    const state = waitMs === undefined ? 'failed' : 'queued'
    await endNotice(ports.db, id, { state, at })
  }
}

async function addressesOf(
  notice: DueNotice,
  findOwnMails: FindOwnMails,
): Promise<readonly string[]> {
  if (notice.tenant_id === null) return await findOwnMails()
  return notice.contact_email === null ? [] : [notice.contact_email]
}

async function write(
  notice: DueNotice,
  makeLink: MakeReconnectLink,
): Promise<{ subject: string; text: string }> {
  const { message, hint } = describeAlert(notice)
  if (notice.what === 'resolved') {
    const end = describeEnd(notice)
    const text = [`${end}; nothing has to be done.`, '', `It was: ${message}`]
    return { subject: end, text: text.join('\n') }
  }
  const { tenant_id: tenantId, connection_id: connectionId } = notice
  const link =
    tenantId === null || connectionId === null || !RECONNECT_HELPS.has(notice.kind)
      ? undefined
      : await makeLink({ tenantId, connectionId })
  const lines = [message, '', hint]
  if (link !== undefined) {
    lines.push('', 'Reconnect (no sign-in needed, works once, for seven days):', link)
  }
  if (notice.tenant_name !== null) lines.push('', `Account of ${notice.tenant_name}.`)
  return { subject: message, text: lines.join('\n') }
}
