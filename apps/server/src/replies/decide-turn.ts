import assert from 'node:assert/strict'
import { TEXT_BYTES_MAX } from '@parley/instagram/limits.ts'
import { splitText } from '@parley/instagram/split-text.ts'
import { runFlow } from '#automation/run-flow.ts'
import type { Answer } from '#automation/schema.ts'
import { openFlowState, sealFlowState } from '#automation/flow-state.ts'
import { sealContent } from '#conversations/message-content.ts'
import type { MessageContent } from '#conversations/schema.ts'
import type { Ports } from '#ports/ports.ts'
import type { LaneFacts } from './schema.ts'
import type { NewPart, NewTurn } from './store-turns.ts'

/** What the responder is asked. */
export type Question = Pick<
  LaneFacts,
  'automation' | 'person' | 'lineEpoch' | 'stopEpoch' | 'sealedFlowState'
> & {
  readonly tenantId: string
  readonly connectionId: string
  readonly conversationId: string
  /** Every line the answer covers. */
  readonly covers: readonly string[]
  /** What those say that are to be answered, oldest first. */
  readonly lines: readonly MessageContent[]
}

/** A decided answer, ready to be committed. */
export type TurnDraft = {
  readonly turn: NewTurn
  readonly parts: readonly (Omit<NewPart, 'departs'> & { readonly content: MessageContent })[]
}

/** Asks the responder what to say to lines. Writes nothing: asked again, it answers the same. */
export async function decideTurn(
  ports: Pick<Ports, 'clock' | 'random' | 'vault'>,
  question: Question,
): Promise<TurnDraft> {
  const { automation, tenantId, conversationId, sealedFlowState } = question
  const sealer = await ports.vault.tenant(tenantId)
  const before = openFlowState(sealer, conversationId, sealedFlowState)
  assert(automation?.responder === 'flow' && automation.flow !== null, 'no responder')
  const answer = runFlow({
    flow: automation.flow,
    state: before,
    lines: question.lines.map((content) => {
      return { text: content.text ?? null, payload: content.quickReply?.payload ?? null }
    }),
    person: question.person,
  })

  const nowMs = ports.clock.now()
  const turnId = ports.random.uuid(nowMs)
  const parts = contentsOf(answer).map((content, n) => {
    const message = ports.random.uuid(nowMs)
    const sealed = sealContent(sealer, message, content)
    return { turn: turnId, message, sealed, kind: 'text', isFirst: n === 0, content }
  })
  const changesState = JSON.stringify(answer.state) !== JSON.stringify(before)
  return {
    parts,
    turn: {
      id: turnId,
      tenant: tenantId,
      connection: question.connectionId,
      conversation: conversationId,
      lineEpoch: question.lineEpoch,
      stopEpoch: question.stopEpoch,
      lines: question.covers,
      before: sealedFlowState,
      after: changesState ? sealFlowState(sealer, conversationId, answer.state) : null,
      changesState,
      handover: answer.handover,
    },
  }
}

/** One content per Instagram message: long texts are split, taps go with the last piece. */
function contentsOf(answer: Answer): MessageContent[] {
  return answer.parts.flatMap((part) => {
    const texts = splitText(part.text, TEXT_BYTES_MAX)
    return texts.map((text, n): MessageContent => {
      const isLast = n === texts.length - 1
      if (!isLast || part.quickReplies === undefined) return { text }
      return { text, quickReplies: part.quickReplies.map((reply) => ({ ...reply })) }
    })
  })
}
