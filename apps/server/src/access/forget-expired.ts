import type { Ports } from '#ports/ports.ts'
import { ANSWER_LIFE_MS } from './idempotency.ts'
import { deleteAnswersBefore } from './store-answers.ts'
import { deleteLinksBefore, deleteSessionsBefore } from './store.ts'

/** Used and expired links stay this long, so that whoever asks can be told what became of one. */
const LINK_KEPT_MS = 30 * 24 * 60 * 60 * 1000

/** Removes what no longer counts: answers kept for Idempotency-Key, sign-in links, sessions. */
export async function forgetExpired(
  ports: Pick<Ports, 'db' | 'clock'>,
): Promise<{ answers: number; links: number; sessions: number }> {
  const nowMs = ports.clock.now()
  return {
    answers: await deleteAnswersBefore(ports.db, new Date(nowMs - ANSWER_LIFE_MS)),
    links: await deleteLinksBefore(ports.db, new Date(nowMs - LINK_KEPT_MS)),
    sessions: await deleteSessionsBefore(ports.db, new Date(nowMs)),
  }
}
