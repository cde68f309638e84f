import type { Ports } from '#ports/ports.ts'
import { ANSWER_LIFE_MS } from './idempotency.ts'
import { deleteAnswersBefore } from './store-answers.ts'

/** Removes answers kept for Idempotency-Key longer than a day. */
export async function forgetAnswers(ports: Pick<Ports, 'db' | 'clock'>): Promise<number> {
  return await deleteAnswersBefore(ports.db, new Date(ports.clock.now() - ANSWER_LIFE_MS))
}
