import type { Scope } from '@parley/contract/api-key.ts'
import { errors } from '@parley/contract/errors.ts'
import type { Conversation, ConversationStatus } from '@parley/contract/conversation.ts'
import type { Attachment, Author, MessageStatus } from '@parley/contract/message.ts'
import type { Retention } from '@parley/contract/tenant.ts'
import type { Tone } from '#ui/tag.tsx'
import { count } from '#ui/time.ts'

/** The catalogue's words for a code; undefined for what is no code, or one newer than this page. */
export function explain(code: string): { title: string; hint: string } | undefined {
  const catalogue: Readonly<Record<string, { title: string; hint: string }>> = errors
  return Object.hasOwn(catalogue, code) ? catalogue[code] : undefined
}

/** `needs_reauth` → `needs reauth` */
export const spaced = (word: string): string => word.replaceAll(/[_-]+/g, ' ')

/** `not_requested` → `Not requested` */
export function sentence(word: string): string {
  const text = spaced(word)
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** How a person is called in a list: name, else @username, else the end of the igsid. */
export function personName({ name, username, igsid }: Conversation['person']): string {
  if (name !== null && name.trim() !== '') return name
  return username === null ? `Person …${igsid.slice(-4)}` : `@${username}`
}

export const authorWords: Readonly<Record<Author, string>> = {
  person: 'Person',
  automation: 'Automation',
  operator: 'Operator',
  host: 'Host',
  instagram_app: 'Instagram app',
}

export const conversationWords: Readonly<Record<ConversationStatus, { word: string; tone: Tone }>> =
  {
    automated: { word: 'Automated', tone: 'good' },
    human: { word: 'Needs a person', tone: 'warn' },
    closed: { word: 'Closed', tone: 'plain' },
  }

/** Of an outbound line; `received` needs no word. */
export const messageWords: Readonly<Record<MessageStatus, string>> = {
  received: '',
  queued: 'Queued',
  sending: 'Sending…',
  unknown: 'Checking with Instagram…',
  sent: 'Sent',
  failed: 'Not sent',
  dropped: 'Dropped',
}

/** Why a person has the conversation. */
export function humanReason(reason: string): { title: string; hint?: string } {
  switch (reason) {
    case 'handover':
      return { title: 'The automation asked for a person.' }
    case 'operator':
      return { title: 'An operator took over.' }
    case 'instagram_app':
      return { title: 'Somebody answered in the Instagram app.' }
    default:
      return explain(reason) ?? { title: `${sentence(reason)}.` }
  }
}

const attachmentWords: Readonly<Record<string, string>> = {
  image: 'Image',
  video: 'Video',
  audio: 'Voice message',
  file: 'File',
  share: 'Shared post',
  ig_post: 'Shared post',
  post: 'Shared post',
  reel: 'Reel',
  ig_reel: 'Reel',
  story_mention: 'Story',
  ig_story: 'Story',
  ephemeral: 'View-once photo or video',
  template: 'Template',
  fallback: 'Link',
  like_heart: 'Heart',
  sticker: 'Sticker',
}

export const attachmentName = ({ type, title }: Attachment): string =>
  title ?? attachmentWords[type] ?? sentence(type)

/** Whose something is. One that is gone keeps its id. */
export function tenantName(
  { tenants }: { tenants: readonly { id: string; name: string }[] },
  tenantId: string | null,
): string {
  if (tenantId === null) return 'Every tenant'
  return tenants.find(({ id }) => id === tenantId)?.name ?? tenantId
}

/** What a key with this scope may do. */
export const scopeWords: Readonly<Record<Scope, string>> = {
  connect: 'Start and confirm connecting accounts.',
  'connections:read': 'See connections, their status and alerts.',
  'connections:write': 'Refresh, disconnect and import connections.',
  'messages:read': 'Read conversations, messages and deliveries.',
  'messages:write': 'Send messages, take over, resume, erase a person.',
  'automation:write': 'Change what answers.',
  graph: 'Make any Graph call in an account’s place.',
  'access-token': 'Get the token itself. Each time leaves an audit line.',
  operate: 'Tenants, keys, host endpoints, the audit log.',
}

/** How long messages and deliveries are kept. */
export function retentionWords({ messagesDays, deliveriesDays }: Retention): string {
  if (messagesDays === null && deliveriesDays === null) return 'everything is kept for good'
  const kept = (days: number | null): string => (days === null ? 'for good' : count(days, 'day'))
  return `messages are kept ${kept(messagesDays)}, deliveries ${kept(deliveriesDays)}`
}
