import { z } from 'zod'
import { callGraph } from './call-graph.ts'
import type { GraphCall } from './call-graph.ts'
import { classifyGraphError } from './classify-graph-error.ts'
import type { ActingNode, CallOptions, GraphContext } from './graph-context.ts'
import { GraphError } from './graph-error.ts'
import type { Igsid, Mid } from './ids.ts'
import { Mid as MidSchema } from './ids.ts'
import { READABLE_MESSAGES_MAX } from './limits.ts'
import { anyId, optionalText, parseReply, text, time } from './reply-schemas.ts'
import type { Usage } from './usage.ts'

export interface ConversationHead {
  readonly id: string
  readonly updatedAtMs: number | undefined
}

/** A message as the Conversations API tells it. */
export interface ThreadMessage {
  readonly mid: Mid
  readonly atMs: number | undefined
  /** Igsid or account id. */
  readonly fromId: string | undefined
  readonly fromUsername: string | undefined
  readonly toIds: readonly string[]
  readonly text: string | undefined
  readonly attachments: readonly ThreadAttachment[]
  readonly replyToMid: string | undefined
  readonly isUnsupported: boolean
}

export interface ThreadAttachment {
  readonly type: 'image' | 'video' | 'file' | 'template' | 'share' | 'other'
  readonly url: string | undefined
}

export interface ThreadReading {
  /** Newest first, at most 20: older ones are listed by Meta, but answer as deleted. */
  readonly messages: readonly ThreadMessage[]
  /** Nothing lies beyond `messages`: what is not in it is not in the thread. */
  readonly isWhole: boolean
  /** Listed among the 20 newest, but without a usable form: absence proves nothing while above 0. */
  readonly unreadable: number
  readonly usage: Usage | undefined
}

const MESSAGE_FIELDS =
  'id,created_time,from,to,message,attachments,shares,story,reply_to,is_unsupported'

const AttachmentReply = z
  .object({
    image_data: z.object({ url: optionalText }).optional(),
    video_data: z.object({ url: optionalText }).optional(),
    file_url: optionalText,
    generic_template: z.unknown().optional(),
  })
  .transform((attachment): ThreadAttachment => {
    if (attachment.image_data) return { type: 'image', url: attachment.image_data.url }
    if (attachment.video_data) return { type: 'video', url: attachment.video_data.url }
    if (attachment.file_url !== undefined) return { type: 'file', url: attachment.file_url }
    return {
      type: attachment.generic_template === undefined ? 'other' : 'template',
      url: undefined,
    }
  })

const Party = z.object({ id: anyId.optional().catch(undefined), username: optionalText })

const MessageReply = z
  .object({
    id: MidSchema,
    created_time: time.optional().catch(undefined),
    from: Party.optional().catch(undefined),
    to: z
      .object({ data: z.array(Party) })
      .optional()
      .catch(undefined),
    message: optionalText,
    attachments: z
      .object({ data: z.array(AttachmentReply) })
      .optional()
      .catch(undefined),
    shares: z
      .object({ data: z.array(z.object({ link: optionalText })) })
      .optional()
      .catch(undefined),
    reply_to: z.object({ mid: optionalText }).optional().catch(undefined),
    is_unsupported: z.boolean().optional().catch(undefined),
  })
  .transform((message): ThreadMessage => ({
    mid: message.id,
    atMs: message.created_time,
    fromId: message.from?.id,
    fromUsername: message.from?.username,
    toIds: (message.to?.data ?? []).flatMap((party) => party.id ?? []),
    text: message.message === '' ? undefined : message.message,
    attachments: [
      ...(message.attachments?.data ?? []),
      ...(message.shares?.data ?? []).map(({ link }) => ({ type: 'share' as const, url: link })),
    ],
    replyToMid: message.reply_to?.mid,
    isUnsupported: message.is_unsupported ?? false,
  }))

const ConversationListReply = z.object({
  data: z.array(z.object({ id: text, updated_time: time.optional().catch(undefined) })),
})

/**
 * The conversation with one person; `undefined` when Meta lists none (requests idle for 30 days are
 * hidden). Counts against 2 calls per second.
 * Source: /conversations-api, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function findConversation(
  context: GraphContext,
  node: ActingNode,
  personId: Igsid,
  options?: CallOptions,
): Promise<ConversationHead | undefined> {
  const [head] = await listConversations(context, node, { user_id: personId }, options)
  return head
}

/** The newest conversations, one answer of Meta's default length. Throws as above. */
export async function listRecentConversations(
  context: GraphContext,
  node: ActingNode,
  options?: CallOptions,
): Promise<readonly ConversationHead[]> {
  return await listConversations(context, node, {}, options)
}

/**
 * The newest messages of a conversation, with details. Counts against 2 calls per second. Throws as above.
 */
export async function readConversation(
  context: GraphContext,
  node: ActingNode,
  conversationId: string,
  options?: CallOptions,
): Promise<ThreadReading> {
  const { json, usage } = await callGraph(
    context,
    reading(node, `/${encodeURIComponent(conversationId)}`, {
      fields: `messages{${MESSAGE_FIELDS}}`,
    }),
    options,
  )
  const reply = parseReply(
    z.object({
      messages: z
        .object({
          data: z.array(z.unknown()),
          paging: z.object({ next: z.string().optional() }).optional(),
        })
        .optional(),
    }),
    json,
  )
  const listed = reply.messages?.data ?? []
  const readings = listed.slice(0, READABLE_MESSAGES_MAX).map((row) => MessageReply.safeParse(row))
  const messages = readings.flatMap((row) => (row.success ? [row.data] : []))
  return {
    messages: messages.toSorted((a, b) => (b.atMs ?? 0) - (a.atMs ?? 0)),
    isWhole: listed.length < READABLE_MESSAGES_MAX && reply.messages?.paging?.next === undefined,
    unreadable: readings.length - messages.length,
    usage,
  }
}

/**
 * One message by its id; `undefined` when Meta calls it gone, which it also does of all but the 20 newest.
 * Throws as above.
 */
export async function findMessage(
  context: GraphContext,
  node: ActingNode,
  mid: Mid,
  options?: CallOptions,
): Promise<ThreadMessage | undefined> {
  try {
    const { json } = await callGraph(
      context,
      reading(node, `/${encodeURIComponent(mid)}`, { fields: MESSAGE_FIELDS }),
      options,
    )
    return parseReply(MessageReply, json)
  } catch (error) {
    // 9000001, or 100/33.
    if (error instanceof GraphError && classifyGraphError(error) === 'fail_message')
      return undefined
    throw error
  }
}

async function listConversations(
  context: GraphContext,
  node: ActingNode,
  filter: Readonly<Record<string, string>>,
  options: CallOptions | undefined,
): Promise<readonly ConversationHead[]> {
  const { json } = await callGraph(
    context,
    reading(node, `/${encodeURIComponent(node.id)}/conversations`, {
      platform: 'instagram',
      ...filter,
    }),
    options,
  )
  return parseReply(ConversationListReply, json).data.map((row) => ({
    id: row.id,
    updatedAtMs: row.updated_time,
  }))
}

function reading(
  node: ActingNode,
  path: string,
  query: Readonly<Record<string, string>>,
): GraphCall {
  return { login: node.login, method: 'GET', path, query, token: node.token, tokenIn: 'query' }
}
