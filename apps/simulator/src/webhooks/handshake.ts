import { setTimeout as sleep } from 'node:timers/promises'
import type { Box } from '#box.ts'
import type { WebhookTarget } from '#world/world.ts'

export type HandshakeResult = { ok: true } | { ok: false; reason: string }

const TRY_TIMEOUT_MS = 5000
const RETRY_EVERY_MS = 300

/**
 * What Meta does when a callback is saved: a GET with a challenge, answered by 200 and exactly that
 * challenge. A callback that does not answer yet is tried again until `patienceMs` is over; a wrong
 * answer is final.
 */
export async function shakeHands(
  box: Box,
  target: WebhookTarget,
  { patienceMs, signal }: { patienceMs: number; signal: AbortSignal },
): Promise<HandshakeResult> {
  const startedMs = performance.now()
  for (;;) {
    const result = await tryOnce(box, target, signal)
    const isOver = performance.now() - startedMs >= patienceMs || signal.aborted
    if (result !== 'unreachable') return result
    if (isOver) return { ok: false, reason: `${target.callbackUrl} did not answer` }
    await sleep(RETRY_EVERY_MS)
  }
}

async function tryOnce(
  box: Box,
  target: WebhookTarget,
  signal: AbortSignal,
): Promise<HandshakeResult | 'unreachable'> {
  const challenge = box.random.digits(10)
  const url = new URL(target.callbackUrl)
  url.searchParams.set('hub.mode', 'subscribe')
  url.searchParams.set('hub.challenge', challenge)
  url.searchParams.set('hub.verify_token', target.verifyToken)
  try {
    const answer = await box.network.request('GET', url.href, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]),
    })
    if (answer.status === 502 || answer.status === 503) return 'unreachable'
    if (answer.status !== 200) return { ok: false, reason: `answered ${answer.status}, not 200` }
    if (answer.text !== challenge) {
      return { ok: false, reason: 'answered something other than the challenge alone' }
    }
    return { ok: true }
  } catch (error) {
    box.log(`handshake with ${target.callbackUrl}: ${error instanceof Error ? error.message : ''}`)
    return 'unreachable'
  }
}
