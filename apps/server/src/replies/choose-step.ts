import { HUMAN_AGENT_WINDOW_MS, MESSAGING_WINDOW_MS } from '@parley/instagram/limits.ts'
import type { Head, LaneFacts } from './schema.ts'

/** A burst of lines is answered at the latest so long after its first. */
const QUIET_MS_MAX = 10_000
/** An outcome nobody reported is looked up after so long: the echo usually comes first. */
export const SETTLE_AFTER_MS = 15_000

/** A clock set back makes no wait longer than the longest there is. */
const READ_PAUSE_MS_MAX = 20_000
const RETRY_PAUSE_MS_MAX = 6 * 60 * 1000

export type Step =
  /** A send another worker began: whether it left is not known. */
  | { readonly step: 'doubt'; readonly head: Head }
  | { readonly step: 'settle'; readonly head: Head }
  | { readonly step: 'send'; readonly head: Head }
  | { readonly step: 'turn' }
  /** The window closed with lines unanswered: a person must know. */
  | { readonly step: 'miss' }
  | { readonly step: 'rest'; readonly nextMs: number | null }

/**
 * What a lane does next; the order is the promise that nothing is said twice and everything in order. A message whose
 * fate is unknown comes before everything else, a queued one before a new answer.
 */
export function chooseStep(facts: LaneFacts, nowMs: number): Step {
  const { head } = facts
  if (head !== undefined) {
    switch (head.status) {
      case 'sending':
        // This worker marks and sends without giving the lane back: whoever finds this holds a later fence.
        return { step: 'doubt', head }
      case 'unknown': {
        const dueMs = Math.max((head.attemptAtMs ?? nowMs) + SETTLE_AFTER_MS, head.nextAtMs)
        return dueMs > nowMs
          ? { step: 'rest', nextMs: Math.min(dueMs - nowMs, READ_PAUSE_MS_MAX) }
          : { step: 'settle', head }
      }
      case 'queued': {
        // Sending finds out that it may not leave any more, and clears the way for what comes after it.
        const isStopped = head.stopEpoch !== null && head.stopEpoch !== facts.stopEpoch
        if (isStopped || head.nextAtMs <= nowMs) return { step: 'send', head }
        return { step: 'rest', nextMs: Math.min(head.nextAtMs - nowMs, RETRY_PAUSE_MS_MAX) }
      }
    }
  }

  const lines = facts.lines.filter((line) => !line.isPast)
  const responder = facts.automation?.responder ?? null
  if (facts.lines.length === 0) return { step: 'rest', nextMs: null }
  if (facts.mode !== 'automated' || responder === null) return { step: 'rest', nextMs: null }
  if (lines.length === 0 || windowEndsAtMs(facts, false) <= nowMs) return { step: 'miss' }

  const quietMs = facts.automation?.quietMs ?? 0
  const newest = Math.max(...lines.map((line) => line.receivedAtMs))
  const oldest = Math.min(...lines.map((line) => line.receivedAtMs))
  const dueMs = Math.min(newest + quietMs, oldest + QUIET_MS_MAX)
  // A clock set back must not silence a conversation: no wait is longer than the longest allowed.
  const waitMs = Math.min(dueMs - nowMs, QUIET_MS_MAX)
  return waitMs > 0 ? { step: 'rest', nextMs: waitMs } : { step: 'turn' }
}

/** Until when something may be said; a person may, with Human Agent, for seven days. */
export function windowEndsAtMs(
  facts: Pick<LaneFacts, 'windowOpenedAtMs'>,
  humanAgent: boolean,
): number {
  if (facts.windowOpenedAtMs === null) return 0
  return facts.windowOpenedAtMs + (humanAgent ? HUMAN_AGENT_WINDOW_MS : MESSAGING_WINDOW_MS)
}
