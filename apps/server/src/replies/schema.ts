import type { Automation } from '@parley/contract/automation.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import type { ConversationMode, MessageContent } from '#conversations/schema.ts'
import type { UsableGrant } from '#tokens/schema.ts'

/** A claimed lane: one conversation, held by this worker until it is released. */
export type Lane = {
  readonly conversationId: string
  readonly tenantId: string
  readonly connectionId: string
  /** What was wanted when it was claimed; more by now means more work. */
  readonly wanted: number
  /** One more than at the claim before: whoever writes with an older one is late. */
  readonly fence: number
  readonly failures: number
  /** Answers dropped for newer lines since the last one that left. */
  readonly drops: number
}

/** The oldest message of a conversation that is not settled. */
export type Head = {
  readonly messageId: string
  readonly status: 'queued' | 'sending' | 'unknown'
  readonly author: 'automation' | 'operator' | 'host'
  readonly turnId: string | null
  readonly isFirst: boolean
  /** The conversation's when it was written; another one by now means that it may not leave. */
  readonly stopEpoch: number | null
  readonly humanAgent: boolean
  readonly fence: number | null
  readonly tries: number
  readonly queuedAtMs: number
  readonly attemptAtMs: number | null
  readonly nextAtMs: number
  readonly absentReads: number
  readonly firstAbsentAtMs: number | null
  readonly content: MessageContent
}

/** A line nobody has answered. */
export type WaitingLine = {
  readonly messageId: string
  readonly receivedAtMs: number
  /** Written before the messaging window: too late to be answered by itself. */
  readonly isPast: boolean
  /** Opened only when it is to be answered: one that does not open must not keep a person from writing. */
  readonly sealed: Buffer | null
}

/** Everything one step of a lane needs to know. */
export type LaneFacts = {
  readonly lane: Lane
  readonly igsid: string
  readonly mode: ConversationMode
  readonly lineEpoch: number
  readonly stopEpoch: number
  readonly windowOpenedAtMs: number | null
  readonly sealedFlowState: Buffer | null
  readonly automation: Automation | null
  readonly person: { readonly name: string | null; readonly username: string | null }
  readonly head: Head | undefined
  readonly lines: readonly WaitingLine[]
}

/** A message about to leave: committed as `sending`, the call not made yet. */
export type Departure = {
  readonly lane: Lane
  readonly igsid: string
  readonly messageId: string
  readonly turnId: string | null
  readonly author: Head['author']
  readonly humanAgent: boolean
  readonly tries: number
  readonly queuedAtMs: number
  /** The first message of an answer: when the oldest line it answers was received. */
  readonly answersSinceMs: number | undefined
  readonly windowEndsAtMs: number
  /** When marking it began, by the monotonic clock: the lease is known to have been held then. */
  readonly markedMs: number
  readonly content: MessageContent
}

/** A departure with the token of its call. */
export type Leaving = { readonly departure: Departure; readonly grant: UsableGrant }

/** What became of a departure. `queued`: proven not sent, to be tried again. */
export type SendResult = {
  readonly departure: Departure
} & (
  | { readonly status: 'sent'; readonly mid: string }
  | { readonly status: 'unknown' }
  | { readonly status: 'queued'; readonly waitMs: number; readonly countsAsTry: boolean }
  | { readonly status: 'failed'; readonly code: ErrorCode }
)
