import { createHash } from 'node:crypto'
import { AppError } from '@parley/contract/app-error.ts'
import { readSignedRequest } from '@parley/instagram/signed-request.ts'
import type { SignedRequest } from '@parley/instagram/signed-request.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { AppContext } from '#http/app-env.ts'
import { networkOf } from '#http/client-address.ts'
import { TokenBuckets } from '#http/rate-limit.ts'
import { bytes } from '#http/read-bytes.ts'
import type { Ports } from '#ports/ports.ts'
import { tellMetaCall } from '#webhooks/tell-meta-call.ts'

/** Real ones are under 500 bytes. */
const FORM_BYTES_MAX = 16 * 1024
/** Audit lines per address: whoever tries secrets does not fill the log. */
const LINES = { name: 'signed-requests', burst: 20, perSecond: 1 / 3 }

/** What the request was, and a fingerprint of this very one. */
export type ReadRequest = SignedRequest & { readonly hash: string }

/**
 * Reads Meta's callback forms: one field `signed_request`, signed with any configured secret. Anything else leaves one
 * audit line and nothing more.
 *
 * The returned function throws AppError `privacy/signed-request-invalid`, `http/too-large`.
 */
export function createReadSignedForm(
  ports: Pick<Ports, 'db' | 'clock' | 'config' | 'signals'>,
): (c: AppContext, kind: 'deauthorize' | 'data-deletion') => Promise<ReadRequest> {
  const secrets = ports.config.signatureSecrets.map(({ name, secret }) => ({
    name,
    secret: secret.reveal(),
  }))
  const buckets = new TokenBuckets(LINES, ports.clock)

  return async (c, kind) => {
    const form = new URLSearchParams(new TextDecoder().decode(await bytes(c, FORM_BYTES_MAX)))
    const [value, second] = form.getAll('signed_request')
    const request = second === undefined ? readSignedRequest(value, secrets) : undefined
    if (request === undefined || value === undefined) {
      if (buckets.take(networkOf(c.var.address)).waitSeconds === 0) {
        await recordAudit(ports.db, new Date(ports.clock.now()), {
          actor: 'anonymous',
          action: 'meta.signed_request_refused',
          purpose: kind,
          address: c.var.address,
          requestId: c.var.requestId,
        })
        tellMetaCall(ports)
      }
      throw new AppError('privacy/signed-request-invalid')
    }
    // The same account may leave and ask for deletion in one second: both count. Only what is signed names the request;
    // a signature has several spellings.
    const signed = value.slice(value.indexOf('.') + 1)
    const hash = createHash('sha256').update(`${kind}\0${signed}`).digest('base64url')
    return { ...request, hash }
  }
}
