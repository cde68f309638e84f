import type { SendMail } from '#ports/mail.ts'
import type { Ports } from '#ports/ports.ts'
import { mailPauseMs } from './mail-pause.ts'
import type { FindOwnMails } from './send-notices.ts'
import { claimDigests, endDigest } from './store-digests.ts'
import type { DueDigest } from './store-digests.ts'

/** How often it is looked whether a digest is due, or waits to be written. */
export const DIGESTS_PAUSE_MS = 30_000

/** With the time its figures and a mail may take, well within the lease. */
const BATCH = 5
const LEASE_SECONDS = 600
/** At the end of a round more may wait: a thousand tenants have their mails within a few minutes. */
const ROUNDS_MAX = 20

/** What a digest says. */
export type DigestMail = {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Writes the digest of a tenant, or of the installation (null), for the week that ended then. */
export type WriteDigest = (of: {
  tenantId: string | null
  tenantName: string | null
  until: Date
}) => Promise<DigestMail>

type Touched = Pick<Ports, 'db' | 'clock' | 'log'>

/**
 * Mails the digests that are due. Leased: each is mailed once, unless a worker dies between the mail server's yes and the
 * record of it.
 */
export async function sendDigests(
  ports: Touched,
  send: SendMail | undefined,
  write: WriteDigest,
  findOwnMails: FindOwnMails,
): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const now = new Date(ports.clock.now())
    const due = await claimDigests(ports.db, { now, limit: BATCH, leaseSeconds: LEASE_SECONDS })
    for (const one of due) {
      const to = await addressesOf(one, findOwnMails)
      if (send === undefined || to.length === 0) {
        await endDigest(ports.db, one.id, { state: 'skipped', at: now })
      } else {
        await mail(ports, one, async (digest) => await send({ to, id: one.id, ...digest }), write)
      }
    }
    if (due.length < BATCH) return
  }
}

async function mail(
  ports: Touched,
  { id, tenant_id: tenantId, tenant_name: tenantName, until, attempts }: DueDigest,
  send: (digest: DigestMail) => Promise<void>,
  write: WriteDigest,
): Promise<void> {
  try {
    await send(await write({ tenantId, tenantName, until }))
    await endDigest(ports.db, id, { state: 'sent', at: new Date(ports.clock.now()) })
  } catch (error) {
    ports.log.warn({ err: error, digest: id }, 'a digest was not sent')
    const waitMs = mailPauseMs(attempts)
    const at = new Date(ports.clock.now() + (waitMs ?? 0))
    await endDigest(ports.db, id, { state: waitMs === undefined ? 'failed' : 'queued', at })
  }
}

async function addressesOf(
  { tenant_id: tenantId, contact_email: email }: DueDigest,
  findOwnMails: FindOwnMails,
): Promise<readonly string[]> {
  if (tenantId === null) return await findOwnMails()
  return email === null ? [] : [email]
}
