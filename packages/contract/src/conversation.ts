import { z } from 'zod'
import { ListQuery, Time } from './list.ts'

export const ConversationStatus = z.enum(['automated', 'human', 'closed'])
export type ConversationStatus = z.infer<typeof ConversationStatus>

export const Conversation = z.object({
  id: z.string(),
  connectionId: z.string(),
  channel: z.literal('instagram'),
  threadId: z.string().nullable(),
  person: z.object({
    igsid: z.string(),
    username: z.string().nullable(),
    name: z.string().nullable(),
  }),
  status: ConversationStatus,
  window: z.object({ openUntil: Time.nullable(), humanAgentUntil: Time.nullable() }),
  fields: z.record(z.string(), z.string()),
  lastMessageAt: Time.nullable(),
  /** Why a human has it: `handover`, `operator`, `instagram_app`, a `replies/…` code; null while automated. */
  reason: z.string().nullable(),
  /** When the automation goes on by itself; null while it does not. */
  pausedUntil: Time.nullable(),
  /** First characters of the newest line, for lists; null when erased or not text. */
  preview: z.string().nullable(),
  /** Lines of the person nobody has answered or seen to yet. */
  waiting: z.number().int(),
  /** Set while the conversation is parked after repeated failures. */
  parked: z.object({ code: z.string(), since: Time }).nullable(),
})
export type Conversation = z.infer<typeof Conversation>

export const ConversationQuery = ListQuery.extend({
  connectionId: z.string().max(64).optional(),
  tenantId: z.string().max(128).optional(),
  status: ConversationStatus.optional(),
})

export const ResumeRequest = z.object({ answerWaiting: z.boolean().default(false) })
