import { z } from 'zod'
import { ListQuery, Time } from './list.ts'

export const Author = z.enum(['person', 'automation', 'operator', 'host', 'instagram_app'])
export type Author = z.infer<typeof Author>

export const MessageStatus = z.enum([
  'received',
  'queued',
  'sending',
  'unknown',
  'sent',
  'failed',
  'dropped',
])
export type MessageStatus = z.infer<typeof MessageStatus>

export const Attachment = z.object({
  type: z.string(),
  url: z.string().nullable(),
  title: z.string().optional(),
  mediaId: z.string().optional(),
  state: z.enum(['available', 'expired', 'unavailable']),
})
export type Attachment = z.infer<typeof Attachment>

export const ReplyTo = z.union([
  z.object({ mid: z.string() }),
  z.object({ story: z.object({ id: z.string().nullable(), url: z.string().nullable() }) }),
])
export type ReplyTo = z.infer<typeof ReplyTo>

export const Reaction = z.object({
  by: z.enum(['person', 'account']),
  emoji: z.string().nullable(),
  reaction: z.string().nullable(),
})
export type Reaction = z.infer<typeof Reaction>

export const QuickReply = z.object({ title: z.string(), payload: z.string() })
export type QuickReply = z.infer<typeof QuickReply>

/** One Instagram message: one part. Erased: `deletedAt` set, content gone. */
export const Message = z.object({
  id: z.string(),
  mid: z.string().nullable(),
  direction: z.enum(['inbound', 'outbound']),
  author: Author,
  /** `text`, `quick_reply`, `postback`, `attachment`, `story_reply`, `story_mention`, `unsupported`, … */
  kind: z.string(),
  text: z.string().nullable(),
  attachments: z.array(Attachment),
  /** Inbound: the tapped one's payload and title. */
  quickReply: QuickReply.nullable(),
  /** Outbound: what was offered to tap. */
  quickReplies: z.array(QuickReply),
  replyTo: ReplyTo.nullable(),
  reactions: z.array(Reaction),
  status: MessageStatus,
  error: z.object({ code: z.string(), title: z.string(), hint: z.string() }).nullable(),
  at: Time,
  seenAt: Time.nullable(),
  editedAt: Time.nullable(),
  deletedAt: Time.nullable(),
})
export type Message = z.infer<typeof Message>

/** What may be sent now; attachments, templates and reactions come later and are refused by code. */
export const SendRequest = z.object({
  text: z.string().min(1).max(20_000).optional(),
  quickReplies: z
    .array(z.object({ title: z.string().min(1).max(80), payload: z.string().min(1).max(1000) }))
    .min(1)
    .max(13)
    .optional(),
  replyTo: z.object({ mid: z.string().min(1).max(1000) }).optional(),
  humanAgent: z.boolean().optional(),
  attachment: z.unknown().optional(),
  template: z.unknown().optional(),
  reaction: z.unknown().optional(),
  turnId: z.string().max(64).optional(),
})
export type SendRequest = z.infer<typeof SendRequest>

/** Messages oldest first; with `latest` the newest page, whose cursor leads to older ones. */
export const MessageQuery = ListQuery.extend({
  latest: z
    .enum(['0', '1'])
    .default('0')
    .transform((value) => value === '1'),
})
