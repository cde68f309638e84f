import type { Counter, Histogram, MetricAttributes } from '@opentelemetry/api'
import type { DeliveryState, EventOutcome } from '@parley/contract/delivery.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import { CALL_HOSTS } from '@parley/instagram/finished-call.ts'
import type { CallName, FinishedCall } from '@parley/instagram/finished-call.ts'

/** What is made of a description: a real instrument. */
export type InstrumentMaker = {
  readonly counter: <Labels extends MetricAttributes>(
    name: string,
    help: string,
    /** Label sets that are there, at 0, before anything happens. */
    known: readonly Labels[],
  ) => Counter<Labels>
  readonly histogram: <Labels extends MetricAttributes>(
    name: string,
    help: string,
    /** Upper ends of the buckets, in seconds. */
    boundaries: readonly number[],
  ) => Histogram<Labels>
}

/** Of a few milliseconds, which is how an answer should come, to the end of an outage. */
const ANSWER_SECONDS = [
  0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
]
const CALL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const RECEIVED = ['kept', 'refused', 'unavailable'] as const
const WORKED = ['processed', 'partly_understood', 'not_understood', 'given_up'] as const
const OUTCOMES = [
  'stored',
  'duplicate',
  'unknown_account',
  'not_understood',
  'test',
  'ignored',
] as const satisfies readonly EventOutcome[]
const SENT = ['sent', 'failed', 'unknown', 'retried', 'held'] as const
const REFRESHED = [
  'refreshed',
  'failed',
  'invalid',
  'unreachable',
  'paused',
  'lost',
  'cut',
] as const
const TOLD = ['delivered', 'retried', 'failed'] as const

export type Instruments = ReturnType<typeof createInstruments>

/**
 * Every counter of a process. Names and labels are published in `docs/operating.md`; labels are words of short lists,
 * which their types hold.
 */
export function createInstruments({ counter, histogram }: InstrumentMaker) {
  return {
    deliveriesReceived: counter<{ result: (typeof RECEIVED)[number] }>(
      'parley_deliveries_received_total',
      'POSTs at the door of Meta: kept, refused for their signature, or not storable (unavailable)',
      RECEIVED.map((result) => ({ result })),
    ),
    deliveriesWorked: counter<{ state: Exclude<DeliveryState, 'stored'> | 'given_up' }>(
      'parley_deliveries_worked_total',
      'Stored deliveries worked, by how far they were understood',
      WORKED.map((state) => ({ state })),
    ),
    deliveryEvents: counter<{ outcome: EventOutcome }>(
      'parley_delivery_events_total',
      'Events inside deliveries, by what became of them; duplicate: a repetition that was prevented',
      OUTCOMES.map((outcome) => ({ outcome })),
    ),
    deliveryFailures: counter<Record<string, never>>(
      'parley_delivery_failures_total',
      'Times the work of a delivery failed; it is tried again, or given up',
      [{}],
    ),
    sends: counter<{ result: (typeof SENT)[number]; code: ErrorCode | '' }>(
      'parley_sends_total',
      'Attempts to send a message by result; failed ones with their error code; held: Meta was not asked',
      SENT.map((result) => ({ result, code: '' as const })),
    ),
    answerSeconds: histogram<Record<string, never>>(
      'parley_answer_seconds',
      'Time from receiving a line to Meta taking the first message of its automated answer',
      ANSWER_SECONDS,
    ),
    metaCalls: counter<CallName & Pick<FinishedCall, 'result'>>(
      'parley_meta_calls_total',
      'Calls at Meta by host, kind of call and what came of them',
      CALL_HOSTS.map((host) => {
        const kind = host === 'instagram_api' ? ('token' as const) : ('messages' as const)
        return { host, kind, result: 'ok' as const }
      }),
    ),
    metaCallSeconds: histogram<Pick<CallName, 'host'>>(
      'parley_meta_call_seconds',
      'Time a call at Meta took, answered or not; of forwarded ones until the answer begins',
      CALL_SECONDS,
    ),
    tokenRefreshes: counter<{ outcome: (typeof REFRESHED)[number] }>(
      'parley_token_refreshes_total',
      'Refreshes of tokens by outcome; lost: another worker was quicker; cut: a stop came in between',
      REFRESHED.map((outcome) => ({ outcome })),
    ),
    hostEventCalls: counter<{ result: (typeof TOLD)[number] }>(
      'parley_host_event_calls_total',
      'Calls that tell endpoints of the host an event; failed: for the last time',
      TOLD.map((result) => ({ result })),
    ),
    jobs: counter<{ task: string; result: 'done' | 'failed' }>(
      'parley_jobs_total',
      'Runs of background jobs; a failed one is tried again',
      [],
    ),
  }
}
