import { createHash, timingSafeEqual } from 'node:crypto'

/** Meta sends an integer; anything that could be more than a word is not echoed. */
const CHALLENGE = /^[\w-]{1,256}$/

/**
 * Answers the GET with which Meta checks a callback address: the challenge to echo byte for byte, or
 * `undefined` to refuse (403). The token is compared in constant time.
 * Source: /documentation/instagram-platform/webhooks, read 2026-11-20.
 */
export function readHandshake(query: URLSearchParams, verifyToken: string): string | undefined {
  const challenge = query.get('hub.challenge') ?? ''
  const token = query.get('hub.verify_token') ?? ''
  const isRight = timingSafeEqual(digestOf(token), digestOf(verifyToken))
  if (query.get('hub.mode') !== 'subscribe' || !isRight || verifyToken === '') return undefined
  return CHALLENGE.test(challenge) ? challenge : undefined
}

/** Equal lengths, as the constant-time comparison wants them. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
