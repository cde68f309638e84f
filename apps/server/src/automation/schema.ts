import { z } from 'zod'

/**
 * Where a conversation stands in its flow. Sealed at rest: fields hold what people wrote.
 * `step` is the `ask` that waits for an answer; null: the next turn begins at the flow's start.
 */
export const FlowState = z.object({
  step: z.string().nullable(),
  fields: z.record(z.string(), z.string()),
})
export type FlowState = z.infer<typeof FlowState>

export const EMPTY_FLOW_STATE: FlowState = { step: null, fields: {} }

/** One line of the person, as the responder sees it. */
export type Line = {
  readonly text: string | null
  /** Payload of a tapped quick reply or postback. */
  readonly payload: string | null
}

/** One Instagram message to be. Text may still be longer than Meta allows; sending splits it. */
export type AnswerPart = {
  readonly text: string
  readonly quickReplies?: readonly { readonly title: string; readonly payload: string }[]
}

export type Answer = {
  readonly parts: readonly AnswerPart[]
  readonly state: FlowState
  /** Set when a person is to go on. */
  readonly handover: boolean
}
