import assert from 'node:assert/strict'
import { TEXT_BYTES_MAX } from '@parley/instagram/limits.ts'
import { splitText } from '@parley/instagram/split-text.ts'
import { runFlow } from '#automation/run-flow.ts'
import type { Answer } from '#automation/schema.ts'
import { openFlowState, sealFlowState } from '#automation/flow-state.ts'
import { openContent, sealContent } from '#conversations/message-content.ts'
import type { MessageContent } from '#conversations/schema.ts'
import type { Ports } from '#ports/ports.ts'
import type { LaneFacts } from './schema.ts'
import type { NewPart, NewTurn } from './store-turns.ts'

/** A decided answer, ready to be committed. */
export type TurnDraft = {
  readonly facts: LaneFacts
  readonly turn: NewTurn
  readonly parts: readonly (Omit<NewPart, 'departs'> & { readonly content: MessageContent })[]
}

/** Asks the responder what to say to the waiting lines. Writes nothing: asked again, it answers the same. */
export async function decideTurn(
  ports: Pick<Ports, 'clock' | 'random' | 'vault'>,
  facts: LaneFacts,
): Promise<TurnDraft> {
  const { lane, automation } = facts
  const sealer = await ports.vault.tenant(lane.tenantId)
  const before = openFlowState(sealer, lane.conversationId, facts.sealedFlowState)
  assert(automation?.responder === 'flow' && automation.flow !== null, 'no responder')
  const answer = runFlow({
    flow: automation.flow,
    state: before,
    lines: facts.lines
      .filter((line) => !line.isPast)
      .map(({ messageId, sealed }) => {
        const content = sealed === null ? {} : openContent(sealer, messageId, sealed)
        return { text: content.text ?? null, payload: content.quickReply?.payload ?? null }
      }),
    person: facts.person,
  })

  const nowMs = ports.clock.now()
  const turnId = ports.random.uuid(nowMs)
  const parts = contentsOf(answer).map((content, n) => {
    const message = ports.random.uuid(nowMs)
    const sealed = sealContent(sealer, message, content).toString('base64')
    return { turn: turnId, message, sealed, kind: 'text', isFirst: n === 0, content }
  })
  const changesState = JSON.stringify(answer.state) !== JSON.stringify(before)
  return {
    facts,
    parts,
    turn: {
      id: turnId,
      tenant: lane.tenantId,
      connection: lane.connectionId,
      conversation: lane.conversationId,
      lineEpoch: facts.lineEpoch,
      stopEpoch: facts.stopEpoch,
      lines: facts.lines.map((line) => line.messageId),
      before: facts.sealedFlowState?.toString('base64') ?? null,
      after: changesState
        ? sealFlowState(sealer, lane.conversationId, answer.state).toString('base64')
        : null,
      changesState,
      handover: answer.handover,
      fence: lane.fence,
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
