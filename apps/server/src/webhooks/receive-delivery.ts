import { createSecretKey, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { AppError } from '@parley/contract/app-error.ts'
import { isWellFormedSignature, verifySignature } from '@parley/instagram/signature.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { FailedSignatures } from './failed-signatures.ts'
import { createKeepDelivery } from './keep-delivery.ts'
import { readIncoming } from './read-incoming.ts'
import { tellMetaCall } from './tell-meta-call.ts'
import { whyRefused } from './why-refused.ts'
import type { WhyRefused } from './why-refused.ts'

/** What is known of a delivery before its body is read. */
type Knock = {
  readonly signature: string | string[] | undefined
  readonly address: string
  readonly requestId: string
  /** Reads the body; not called when the signature header cannot be one. */
  readonly body: () => Promise<Uint8Array>
}

export type ReceiveDelivery = (knock: Knock) => Promise<'kept' | 'refused' | 'flood'>

/**
 * Accepts one POST of Meta: signature over the raw bytes against every configured secret, then kept. Whoever signs
 * wrongly learns nothing and leaves one line a minute.
 *
 * The returned function throws AppError `http/too-large`, `http/unavailable`.
 */
export function createReceiveDelivery(ports: Ports): ReceiveDelivery {
  const secrets = ports.config.signatureSecrets.map(({ name, secret }) => ({
    name,
    secret: createSecretKey(Buffer.from(secret.reveal(), 'utf8')),
  }))
  const failed = new FailedSignatures(ports.clock)
  const keep = createKeepDelivery(ports)

  return async ({ signature, address, requestId, body }) => {
    let raw: Uint8Array | undefined
    if (isWellFormedSignature(signature)) {
      raw = await body()
      const signedWith = verifySignature(raw, signature, secrets)
      if (signedWith !== undefined) {
        await keep(raw, signedWith)
        return 'kept'
      }
    }
    ports.measures.note({ kind: 'signatures', subject: 'all', isFailed: true })
    ports.metrics.deliveriesReceived.add(1, { result: 'refused' })
    const { isFirst, isFlood } = failed.count(address)
    if (isFirst) {
      await noteRefusal(ports, {
        address,
        requestId,
        why: whyRefused(ports.config, signature, raw),
      })
    }
    return isFlood ? 'flood' : 'refused'
  }
}

async function noteRefusal(
  ports: Ports,
  { address, requestId, why }: { address: string; requestId: string; why: WhyRefused },
): Promise<void> {
  ports.log.warn({ address, requestId, why }, 'a webhook with a wrong signature was refused')
  const line = {
    actor: 'anonymous',
    action: 'webhook.refused',
    address,
    requestId,
    detail: { why },
  }
  try {
    await recordAudit(ports.db, new Date(ports.clock.now()), line)
    tellMetaCall(ports)
  } catch (error) {
    // The refusal stands with or without its line.
    ports.log.error({ err: error }, 'the refusal could not be written to the audit log')
  }
}

/** Meta's handshake: the challenge when the verify token is ours, else undefined. */
export function answerChallenge(
  ports: Pick<Ports, 'config'>,
  query: { mode: string | undefined; token: string | undefined; challenge: string | undefined },
): string | undefined {
  const expected = Buffer.from(ports.config.webhookVerifyToken.reveal(), 'utf8')
  const given = Buffer.from(query.token ?? '', 'utf8')
  if (query.mode !== 'subscribe' || query.challenge === undefined) return undefined
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return query.challenge
}

/** The body of a request with a socket, or of one made in memory. */
export function bodyReader(
  incoming: IncomingMessage | undefined,
  request: () => Request,
): () => Promise<Uint8Array> {
  if (incoming !== undefined) return async () => await readIncoming(incoming)
  return async () => {
    const raw = new Uint8Array(await request().arrayBuffer())
    if (raw.byteLength > 3 * 1024 * 1024) throw new AppError('http/too-large')
    return raw
  }
}
