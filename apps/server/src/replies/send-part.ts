import type { ErrorCode } from '@parley/contract/errors.ts'
import { AppError } from '@parley/contract/app-error.ts'
import {
  classifyGraphError,
  isWindowClosed,
  retriesMax,
  sendOutcomeOf,
} from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Igsid, Mid } from '@parley/instagram/ids.ts'
import type { OutgoingMessage } from '@parley/instagram/outgoing-message.ts'
import { reportGrantFailure } from '#tokens/report-grant-failure.ts'
import type { UsableGrant } from '#tokens/schema.ts'
import type { MessageContent } from '#conversations/schema.ts'
import type { Ports } from '#ports/ports.ts'
import type { Circuits, Line } from './circuits.ts'
import type { Heartbeat } from './heartbeat.ts'
import { RETRY_FOR_MS, retryPauseMs } from './retry-pause.ts'
import type { Departure, SendResult } from './schema.ts'

/** The call's deadline. Beyond it the outcome is unknown. */
const CALL_TIMEOUT_MS = 10_000
/** While nothing may be sent for a connection its messages wait so long for another look. */
const CIRCUIT_PAUSE_MS = 1000

export type Sending = {
  readonly ports: Ports
  readonly circuits: Circuits
  readonly heartbeat: Heartbeat
}

/** Makes the one call for a message committed as `sending`, and says what became of it. Never throws for Meta's sake. */
export async function sendPart(
  { ports, circuits, heartbeat }: Sending,
  departure: Departure,
  grant: UsableGrant,
): Promise<SendResult> {
  const line = lineOf(departure, grant)
  if (circuits.isOpen(line)) {
    return { departure, status: 'queued', waitMs: CIRCUIT_PAUSE_MS, countsAsTry: false }
  }
  const node = { login: grant.login, id: grant.nodeId, token: grant.token }
  const request = {
    // Both were read by a schema before they were stored.
    to: { igsid: departure.igsid as Igsid },
    message: outgoing(departure.content),
    ...replyTo(departure.content),
    humanAgent: departure.humanAgent,
  }
  // No await between this check and the call: it is the fence for a frozen worker.
  if (!heartbeat.isFresh(departure.markedMs)) {
    return { departure, status: 'queued', waitMs: CIRCUIT_PAUSE_MS, countsAsTry: false }
  }
  try {
    const sent = await ports.graph.sendMessage(node, request, { timeoutMs: CALL_TIMEOUT_MS })
    circuits.sent(line)
    // Taken without being named: the echo or a read tells the mid.
    if (sent.mid === undefined) return { departure, status: 'unknown' }
    return { departure, status: 'sent', mid: sent.mid }
  } catch (error) {
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
    return await readFailure({ ports, circuits, heartbeat }, departure, grant, error)
  }
}

async function readFailure(
  { ports, circuits }: Sending,
  departure: Departure,
  grant: UsableGrant,
  error: GraphError | HttpFailure,
): Promise<SendResult> {
  const line = lineOf(departure, grant)
  const meaning = classifyGraphError(error)
  ports.log.warn(
    {
      messageId: departure.messageId,
      connectionId: line.connectionId,
      meaning,
      ...(error instanceof GraphError
        ? { code: error.code, subcode: error.subcode, fbtraceId: error.fbtraceId }
        : { phase: error.phase }),
    },
    'a message was not sent',
  )
  if (sendOutcomeOf(error) === 'unknown') {
    circuits.failed(line)
    return { departure, status: 'unknown' }
  }
  if (meaning === 'transient') circuits.failed(line)
  else circuits.answered(line)

  switch (meaning) {
    case 'transient': {
      const most = retriesMax(error)
      if (most !== undefined && departure.tries >= most)
        return failed(departure, 'replies/tries-exhausted')
      return again(ports, departure)
    }
    case 'throttled':
      return again(ports, departure, circuits.hold(line, retryAfterMs(error)))
    case 'unknown_outcome':
    case 'app_broken':
      return again(ports, departure, retryAfterMs(error))
    case 'needs_reauth':
      if (error instanceof GraphError) await reportGrantFailure(ports, grant, error)
      return again(ports, departure)
    case 'needs_permission':
      // The review for Human Agent is missing: that closes the seven days, not the account's messages.
      if (departure.humanAgent) return failed(departure, 'replies/human-agent-closed')
      if (error instanceof GraphError) await reportGrantFailure(ports, grant, error)
      return failed(departure, 'replies/messages-off')
    case 'account_action':
      if (error instanceof GraphError) await reportGrantFailure(ports, grant, error)
      return failed(departure, 'replies/messages-off')
    case 'fail_message':
      if (error instanceof GraphError && isWindowClosed(error)) {
        return failed(departure, 'replies/window-closed')
      }
      return failed(
        departure,
        isUnavailable(error) ? 'replies/person-unavailable' : 'replies/refused-by-meta',
      )
    case 'bug':
      return failed(departure, 'replies/refused-by-meta')
  }
}

const retryAfterMs = (error: GraphError | HttpFailure): number | undefined =>
  error instanceof GraphError ? error.retryAfterMs : undefined

const lineOf = (departure: Departure, grant: UsableGrant): Line => ({
  tenantId: grant.tenantId,
  connectionId: departure.lane.connectionId,
  host: grant.login,
})

const isUnavailable = (error: GraphError | HttpFailure): boolean =>
  error instanceof GraphError &&
  (error.code === 551 || error.subcode === 1545041 || error.subcode === 2018108)

const failed = (departure: Departure, code: ErrorCode): SendResult => ({
  departure,
  status: 'failed',
  code,
})

/** Proven not sent: later, as long as it may still be said. */
function again(
  ports: Pick<Ports, 'clock' | 'random'>,
  departure: Departure,
  waitMs = retryPauseMs(departure.tries, ports.random),
): SendResult {
  const nextMs = ports.clock.now() + waitMs
  if (nextMs >= departure.windowEndsAtMs) return failed(departure, 'replies/window-closed')
  if (nextMs >= departure.queuedAtMs + RETRY_FOR_MS) {
    return failed(departure, 'replies/tries-exhausted')
  }
  return { departure, status: 'queued', waitMs, countsAsTry: true }
}

/** The grant could not be had: a dead one is looked at again like a failed call, others are a bug. */
export function withoutGrant(
  ports: Pick<Ports, 'clock' | 'random'>,
  departure: Departure,
  error: unknown,
): SendResult {
  if (error instanceof AppError && error.code === 'tokens/needs-reauth') {
    const result = again(ports, departure)
    return result.status === 'failed' ? failed(departure, 'tokens/needs-reauth') : result
  }
  throw error
}

function outgoing(content: MessageContent): OutgoingMessage {
  const text = content.text ?? ''
  if (content.quickReplies === undefined) return { text }
  return {
    text,
    quick_replies: content.quickReplies.map(({ title, payload }) => ({
      content_type: 'text',
      title,
      payload,
    })),
  }
}

function replyTo(content: MessageContent): { replyToMid?: Mid } {
  const { replyTo: to } = content
  // Checked when the message was queued.
  return to !== undefined && 'mid' in to ? { replyToMid: to.mid as Mid } : {}
}
