import { setTimeout as sleep } from 'node:timers/promises'
import type { Box } from '#box.ts'
import type { WebhookTarget } from '#world/world.ts'

export type HandshakeResult = { ok: true } | { ok: false; reason: string }

const TRY_TIMEOUT_MS = 5000
const RETRY_PAUSE_MS = { first: 200, longest: 2000 }

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
  let pauseMs = RETRY_PAUSE_MS.first
  for (;;) {
    const result = await tryOnce(box, target, signal)
    if (!('cause' in result)) return result
    const isOver = performance.now() - startedMs >= patienceMs || signal.aborted
    if (isOver)
      return { ok: false, reason: `${target.callbackUrl} did not answer: ${result.cause}` }
    await sleep(pauseMs)
    pauseMs = Math.min(pauseMs * 1.5, RETRY_PAUSE_MS.longest)
  }
}

async function tryOnce(
  box: Box,
  target: WebhookTarget,
  signal: AbortSignal,
): Promise<HandshakeResult | { cause: string }> {
  const challenge = box.random.digits(10)
  const url = new URL(target.callbackUrl)
  url.searchParams.set('hub.mode', 'subscribe')
  url.searchParams.set('hub.challenge', challenge)
  url.searchParams.set('hub.verify_token', target.verifyToken)
  try {
    const answer = await box.network.request('GET', url.href, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]),
    })
    if (answer.status === 502 || answer.status === 503) return { cause: `${answer.status}` }
    if (answer.status !== 200) return { ok: false, reason: `answered ${answer.status}, not 200` }
    if (answer.text !== challenge) {
      return { ok: false, reason: 'answered something other than the challenge alone' }
    }
    return { ok: true }
  } catch (error) {
    return { cause: error instanceof Error ? error.message : String(error) }
  }
}
