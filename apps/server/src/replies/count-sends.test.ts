import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMetrics } from '#ports/metrics.ts'
import { countSends } from './count-sends.ts'
import type { Departure } from './schema.ts'

const RECEIVED_MS = 1_000_000

function departure(answersSinceMs: number | undefined): Departure {
  return {
    lane: {
      conversationId: 'c',
      tenantId: 't',
      connectionId: 'n',
      wanted: 1,
      fence: 1,
      failures: 0,
      drops: 0,
    },
    igsid: '9001',
    messageId: 'm',
    turnId: null,
    author: 'automation',
    humanAgent: false,
    tries: 0,
    queuedAtMs: RECEIVED_MS,
    answersSinceMs,
    windowEndsAtMs: RECEIVED_MS + 1,
    markedMs: 0,
    content: {},
  }
}

test('sends are counted by result, failed ones by code, and only answers that arrived by their time', async () => {
  const metrics = openMetrics()
  const answer = departure(RECEIVED_MS)
  countSends(
    metrics,
    [
      { departure: answer, status: 'sent', mid: 'a' },
      { departure: departure(undefined), status: 'sent', mid: 'b' },
      { departure: answer, status: 'unknown' },
      { departure: answer, status: 'queued', waitMs: 1, countsAsTry: true },
      { departure: answer, status: 'queued', waitMs: 1, countsAsTry: false },
      { departure: answer, status: 'failed', code: 'replies/window-closed' },
    ],
    RECEIVED_MS + 30,
  )
  const text = await metrics.read()
  for (const line of [
    'parley_sends_total{result="sent",code=""} 2',
    'parley_sends_total{result="unknown",code=""} 1',
    'parley_sends_total{result="retried",code=""} 1',
    'parley_sends_total{result="held",code=""} 1',
    'parley_sends_total{result="failed",code=""} 0',
    'parley_sends_total{result="failed",code="replies/window-closed"} 1',
    'parley_answer_seconds_count 1',
    'parley_answer_seconds_sum 0.03',
  ]) {
    assert.ok(text.includes(`\n${line}\n`), line)
  }
})
