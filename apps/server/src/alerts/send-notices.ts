import type { SendMail } from '#ports/mail.ts'
import type { Ports } from '#ports/ports.ts'
import { describeAlert } from './describe-alert.ts'
import { claimNotices, endNotice } from './store.ts'
import type { DueNotice } from './store.ts'

export const NOTICES_PAUSE_MS = 2000
/** With the time a mail may take, well within the lease. */
const BATCH = 5
const LEASE_SECONDS = 120
/** About a day in all. */
const RETRY_MS = [60_000, 300_000, 1_800_000, 7_200_000, 28_800_000, 57_600_000] as const

type Touched = Pick<Ports, 'db' | 'clock' | 'log'>

/** A fresh link that reconnects without signing in; undefined when none can be made. */
export type MakeReconnectLink = (connection: {
  tenantId: string
  connectionId: string
}) => Promise<string | undefined>

/**
 * Writes the mails that are due. Leased: each is written once, unless a worker dies between the mail server's yes and the
 * record of it. A tenant without an address, or a server without SMTP, has the alert in the dashboard only.
 */
export async function sendNotices(
  ports: Touched,
  send: SendMail | undefined,
  makeLink: MakeReconnectLink,
): Promise<void> {
  const now = new Date(ports.clock.now())
  const due = await claimNotices(ports.db, { now, limit: BATCH, leaseSeconds: LEASE_SECONDS })
  for (const notice of due) {
    // What is over needs no telling; that it is over has a mail of its own.
    const isOver = notice.what !== 'resolved' && notice.resolved_at !== null
    if (send === undefined || notice.contact_email === null || isOver) {
      await endNotice(ports.db, notice.notice_id, { state: 'skipped', at: now })
      continue
    }
    try {
      await send({ to: notice.contact_email, ...(await write(notice, makeLink)) })
      await endNotice(ports.db, notice.notice_id, {
        state: 'sent',
        at: new Date(ports.clock.now()),
      })
    } catch (error) {
      ports.log.warn({ err: error, notice: notice.notice_id }, 'a mail was not sent')
      const waitMs = RETRY_MS[notice.attempts - 1]
      const at = new Date(ports.clock.now() + (waitMs ?? 0))
      const state = waitMs === undefined ? 'failed' : 'queued'
      await endNotice(ports.db, notice.notice_id, { state, at })
    }
  }
}

async function write(
  notice: DueNotice,
  makeLink: MakeReconnectLink,
): Promise<{ subject: string; text: string }> {
  const { message, hint } = describeAlert(notice)
  const account = notice.detail.account ?? 'An account'
  if (notice.what === 'resolved') {
    const text = [`${account} is well again; nothing has to be done.`, '', `It was: ${message}`]
    const state = notice.kind === 'connection_lost' ? 'connected again' : 'well again'
    return { subject: `${account} is ${state}`, text: text.join('\n') }
  }
  const { tenant_id: tenantId, connection_id: connectionId } = notice
  // Who approved needs no second link; the first waits to be confirmed.
  const isLinked = notice.kind !== 'confirmation_waiting'
  const link =
    tenantId === null || connectionId === null || !isLinked
      ? undefined
      : await makeLink({ tenantId, connectionId })
  const lines = [message, '', hint]
  if (link !== undefined) {
    lines.push('', 'Reconnect (no sign-in needed, works once, for seven days):', link)
  }
  if (notice.tenant_name !== null) lines.push('', `Account of ${notice.tenant_name}.`)
  return { subject: message, text: lines.join('\n') }
}
