import { z } from 'zod'
import { Conversation, ConversationQuery, ResumeRequest } from '@parley/contract/conversation.ts'
import { listOf } from '@parley/contract/list.ts'
import { Message, MessageQuery, SendRequest } from '@parley/contract/message.ts'
import { forScope } from '@parley/contract/route-entry.ts'
import type { RouteEntry, RouteGroup } from '@parley/contract/route-entry.ts'

const SentMessages = z.object({ data: z.array(Message) })

const change = (word: string, summary: string, notes: string): RouteEntry => ({
  method: 'POST',
  path: `/v1/conversations/{id}/${word}`,
  summary,
  notes,
  access: forScope('messages:write'),
  answers: { 200: { description: 'The conversation', body: Conversation } },
  errors: ['conversations/not-found'],
})

const gesture = (word: string, summary: string): RouteEntry => ({
  method: 'POST',
  path: `/v1/conversations/{id}/${word}`,
  summary,
  notes: 'As well as can be: it is not repeated when Meta does not take it.',
  access: forScope('messages:write'),
  answers: { 202: { description: 'Taken', body: z.object({ data: z.null() }) } },
  errors: ['conversations/not-found', 'tokens/needs-reauth'],
})

export const conversationGroup: RouteGroup = {
  name: 'Conversations',
  summary: 'What people wrote, what was answered, and who answers next.',
  routes: [
    {
      method: 'GET',
      path: '/v1/conversations',
      summary: 'List conversations, newest message first',
      access: forScope('messages:read'),
      query: ConversationQuery,
      answers: { 200: { description: 'One page', body: listOf(Conversation) } },
      errors: [],
    },
    {
      method: 'GET',
      path: '/v1/conversations/{id}',
      summary: 'One conversation',
      access: forScope('messages:read'),
      answers: { 200: { description: 'The conversation', body: Conversation } },
      errors: ['conversations/not-found'],
    },
    {
      method: 'GET',
      path: '/v1/conversations/{id}/messages',
      summary: 'Its messages, oldest first',
      notes:
        'Each item is one Instagram message. With `latest=1` the newest page, whose cursor leads to older ones.',
      access: forScope('messages:read'),
      query: MessageQuery,
      answers: { 200: { description: 'One page', body: listOf(Message) } },
      errors: ['conversations/not-found'],
    },
    {
      method: 'POST',
      path: '/v1/conversations/{id}/messages',
      summary: 'Send',
      notes:
        'Long text is split into several messages, sent in order. With an API key the automation goes on; an operator’s message pauses it. Send an Idempotency-Key to repeat safely.',
      access: forScope('messages:write'),
      body: SendRequest,
      answers: { 202: { description: 'Queued, in order', body: SentMessages } },
      errors: [
        'conversations/not-found',
        'conversations/parked',
        'replies/window-closed',
        'replies/human-agent-closed',
        'replies/messages-off',
        'replies/unsupported-body',
        'tokens/needs-reauth',
      ],
    },
    change(
      'takeover',
      'A person takes over',
      'The automation stops; what it had not sent is dropped.',
    ),
    {
      ...change(
        'resume',
        'The automation goes on',
        'It answers what comes from now on; with `answerWaiting` also what waits.',
      ),
      body: ResumeRequest,
    },
    change('close', 'Close it', 'The next line of the person opens it again.'),
    gesture('seen', 'Show the person that it was read'),
    gesture('typing', 'Show the person that somebody types'),
  ],
}
