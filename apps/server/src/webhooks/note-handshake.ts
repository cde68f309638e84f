import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { FailedSignatures } from './failed-signatures.ts'
import { tellMetaCall } from './tell-meta-call.ts'

/** What the doctor asks for at our own address: a right answer to it is not Meta's doing. */
export const DOCTOR_CHALLENGE = 'parley-doctor'

type Handshake = {
  readonly isRight: boolean
  readonly challenge: string | undefined
  readonly address: string
  readonly requestId: string
}

/** Writes down that somebody tried the handshake: one line a minute of an address and outcome. */
export function createNoteHandshake(
  ports: Pick<Ports, 'db' | 'clock' | 'log' | 'signals'>,
): (handshake: Handshake) => Promise<void> {
  const noted = new FailedSignatures(ports.clock)

  return async ({ isRight, challenge, address, requestId }) => {
    if (isRight && challenge === DOCTOR_CHALLENGE) return
    if (!noted.count(address, String(isRight)).isFirst) return
    const line = isRight
      ? { actor: 'meta', action: 'webhook.verified', address, requestId }
      : { actor: 'anonymous', action: 'webhook.verify_refused', address, requestId }
    try {
      await recordAudit(ports.db, new Date(ports.clock.now()), line)
      tellMetaCall(ports)
    } catch (error) {
      // The answer stands with or without its line.
      ports.log.error({ err: error }, 'a handshake could not be written to the audit log')
    }
  }
}
