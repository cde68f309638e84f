import { BODY_BYTES, bodyOf, lineOf, signatureOf } from '#line.ts'
import type { LinePlan } from '#line.ts'

export type Target = { readonly host: string; readonly port: number; readonly path: string }

/** Whole requests, ready to be written to a socket: line `first + n` of the plan stands at `n`. */
export type RequestSlab = { readonly count: number; at(n: number): Buffer }

/**
 * Builds and signs requests before the clock starts, so that while it runs the generator only writes and reads.
 * All have one length, so they share one block of memory.
 */
export function requestSlab(
  plan: LinePlan,
  range: { first: number; count: number },
  target: Target,
  secret: string,
): RequestSlab {
  const head =
    `POST ${target.path} HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\n` +
    'Content-Type: application/json\r\nUser-Agent: Webhooks/1.0 (https://fb.me/webhooks)\r\n' +
    `Content-Length: ${BODY_BYTES}\r\nX-Hub-Signature-256: `
  const signatureBytes = 'sha256='.length + 64
  const size = head.length + signatureBytes + 4 + BODY_BYTES
  const block = Buffer.allocUnsafe(size * range.count)
  const timeMs = Date.now()
  for (let n = 0; n < range.count; n += 1) {
    const body = bodyOf(lineOf(plan, range.first + n), timeMs)
    const request = `${head}${signatureOf(secret, body)}\r\n\r\n${body}`
    if (block.write(request, n * size, 'latin1') !== size)
      throw new Error('requests differ in length')
  }
  return { count: range.count, at: (n) => block.subarray(n * size, (n + 1) * size) }
}
