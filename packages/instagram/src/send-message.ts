import { callGraph } from './call-graph.ts'
import type { ActingNode, CallOptions, GraphContext } from './graph-context.ts'
import type { Igsid, Mid } from './ids.ts'
import { midOf } from './messaging-item.ts'
import type { OutgoingMessage } from './outgoing-message.ts'
import { idText, recordOf } from './read-field.ts'
import type { Usage } from './usage.ts'

export interface SendRequest {
  /** A comment id makes it a private reply: one per comment, within seven days. */
  readonly to: { readonly igsid: Igsid } | { readonly commentId: string }
  readonly message: OutgoingMessage
  readonly replyToMid?: Mid | undefined
  /** Up to seven days after the person's last act; written by a person, never by a bot. */
  readonly humanAgent?: boolean | undefined
}

export interface Sent {
  /** `undefined` when Meta took it without naming it: wait for the echo. */
  readonly mid: Mid | undefined
  readonly recipientId: string | undefined
  readonly usage: Usage | undefined
}

/**
 * Sends one message. There is no idempotency key: ask `sendOutcomeOf` whether a failure proves that
 * nothing was sent. One parse, no schema: this is the hot path.
 * Source: /messaging-api and /features/send-message, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function sendMessage(
  context: GraphContext,
  node: ActingNode,
  request: SendRequest,
  options?: CallOptions,
): Promise<Sent> {
  const { to, message, replyToMid, humanAgent } = request
  return await post(
    context,
    node,
    {
      recipient: 'igsid' in to ? { id: to.igsid } : { comment_id: to.commentId },
      ...(humanAgent === true ? { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' } : {}),
      message,
      ...(replyToMid === undefined ? {} : { reply_to: { mid: replyToMid } }),
    },
    options,
  )
}

/** `react` again with another reaction edits it. graph.facebook.com knows `love` only. */
export type SenderAction =
  | { readonly action: 'typing_on' | 'typing_off' | 'mark_seen' }
  | { readonly action: 'react'; readonly mid: Mid; readonly reaction: string }
  | { readonly action: 'unreact'; readonly mid: Mid }

/**
 * Shows typing, marks seen, or reacts. Best effort by nature; raises no webhook.
 * Source: /messaging-api/sender-actions, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function sendSenderAction(
  context: GraphContext,
  node: ActingNode,
  to: Igsid,
  sender: SenderAction,
  options?: CallOptions,
): Promise<void> {
  const payload =
    sender.action === 'react'
      ? { payload: { message_id: sender.mid, reaction: sender.reaction } }
      : sender.action === 'unreact'
        ? { payload: { message_id: sender.mid } }
        : {}
  await post(
    context,
    node,
    { recipient: { id: to }, sender_action: sender.action, ...payload },
    options,
  )
}

async function post(
  context: GraphContext,
  node: ActingNode,
  body: unknown,
  options: CallOptions | undefined,
): Promise<Sent> {
  const { json, usage } = await callGraph(
    context,
    {
      login: node.login,
      method: 'POST',
      path: `/${encodeURIComponent(node.id)}/messages`,
      json: body,
      token: node.token,
      tokenIn: 'header',
    },
    options,
  )
  const reply = recordOf(json)
  return {
    mid: midOf(reply?.['message_id']),
    recipientId: idText(reply?.['recipient_id']),
    usage,
  }
}
