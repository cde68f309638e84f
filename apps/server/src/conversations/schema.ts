import { z } from 'zod'

const Tap = z.object({ title: z.string(), payload: z.string() })

/** What a message says, as sealed JSON. Everything a person or the account wrote is in here. */
export const MessageContent = z.object({
  text: z.string().optional(),
  attachments: z
    .array(
      z.object({
        type: z.string(),
        url: z.string().optional(),
        title: z.string().optional(),
        mediaId: z.string().optional(),
      }),
    )
    .optional(),
  /** Inbound: what was tapped. */
  quickReply: Tap.optional(),
  /** Outbound: what is offered to tap. */
  quickReplies: z.array(Tap).optional(),
  replyTo: z
    .union([
      z.object({ mid: z.string() }),
      z.object({ story: z.object({ id: z.string().optional(), url: z.string().optional() }) }),
    ])
    .optional(),
  /** The ad or link it came from, in Meta's words. */
  referral: z.record(z.string(), z.string()).optional(),
  /** One per side at most; `atMs` decides which of two late events is newer. A removed one stays with `removed`. */
  reactions: z
    .array(
      z.object({
        by: z.enum(['person', 'account']),
        emoji: z.string().optional(),
        reaction: z.string().optional(),
        removed: z.boolean().optional(),
        atMs: z.number(),
      }),
    )
    .optional(),
  /** Texts before each edit, oldest first. */
  before: z.array(z.string()).optional(),
  /** Meta's name of an event nobody here knows. */
  field: z.string().optional(),
})
export type MessageContent = z.infer<typeof MessageContent>

/** A connected account, as events and sends name it. */
export type ConnectionKey = { readonly tenantId: string; readonly connectionId: string }

/** Something that happened in a conversation and becomes one message row. */
export type IncomingLine = ConnectionKey & {
  readonly igsid: string
  /** Meta's mid, or a derived key with a colon where Meta gives none. */
  readonly mid: string
  readonly author: 'person' | 'instagram_app'
  readonly kind: string
  readonly atMs: number
  /** When its delivery came here; left out where it was read and not delivered. */
  readonly receivedAtMs?: number
  readonly content: MessageContent
  /** The automation owes an answer to it. */
  readonly answerable: boolean
  /** It opens the 24-hour window. */
  readonly opensWindow: boolean
  /** A person of the business spoke: the automation pauses. */
  readonly pauses: boolean
}

export type ConversationMode = 'automated' | 'human' | 'closed'

/** One row of `messages`. */
export type MessageRow = {
  readonly tenant_id: string
  readonly id: string
  readonly connection_id: string
  readonly conversation_id: string
  readonly mid: string | null
  readonly direction: 'inbound' | 'outbound'
  readonly author: 'person' | 'automation' | 'operator' | 'host' | 'instagram_app'
  readonly kind: string
  readonly status: 'received' | 'queued' | 'sending' | 'unknown' | 'sent' | 'failed' | 'dropped'
  readonly error_code: string | null
  readonly at: Date
  readonly seq: number
  readonly sealed: Buffer | null
  readonly num_edit: number
  readonly seen_at: Date | null
  readonly edited_at: Date | null
  readonly deleted_at: Date | null
}

/** One row of `conversations`. */
export type ConversationRow = {
  readonly tenant_id: string
  readonly id: string
  readonly connection_id: string
  readonly igsid: string
  readonly mode: ConversationMode
  readonly mode_reason: string | null
  readonly paused_until: Date | null
  readonly window_opened_at: Date | null
  readonly line_epoch: number
  readonly stop_epoch: number
  readonly sealed_flow_state: Buffer | null
  readonly last_message_at: Date | null
}
