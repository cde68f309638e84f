import { errors } from '@parley/contract/errors.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import type { Message } from '@parley/contract/message.ts'
import { STORY_LIFE_MS } from '@parley/instagram/limits.ts'
import type { Sealer } from '#ports/cipher.ts'
import { ifItOpens, openContent } from './message-content.ts'
import type { MessageContent, MessageRow } from './schema.ts'

/** The kind of a message whose content does not open. */
export const UNREADABLE = 'unreadable'

/**
 * A message as the contract tells it. An erased one has no content, whatever its row still holds; one that does not
 * open is a placeholder.
 */
export function describeMessage(sealer: Sealer, row: MessageRow, nowMs: number): Message {
  const isErased = row.deleted_at !== null || row.sealed === null
  const opened = isErased
    ? {}
    : ifItOpens(() => openContent(sealer, row.id, row.sealed ?? new Uint8Array()))
  const content = opened ?? {}
  return {
    id: row.id,
    // A key we derived is no mid of Meta's.
    mid: row.mid?.includes(':') === true ? null : row.mid,
    direction: row.direction,
    author: row.author,
    kind: opened === undefined ? UNREADABLE : row.kind,
    text: content.text ?? null,
    attachments: describeAttachments(content, row, nowMs),
    quickReply: content.quickReply ?? null,
    quickReplies: content.quickReplies ?? [],
    replyTo: describeReplyTo(content, row, nowMs),
    reactions: (content.reactions ?? [])
      .filter((one) => one.removed !== true)
      .map(({ by, emoji, reaction }) => ({ by, emoji: emoji ?? null, reaction: reaction ?? null })),
    status: row.status,
    error: describeError(row.error_code),
    at: row.at.toISOString(),
    seenAt: row.seen_at?.toISOString() ?? null,
    editedAt: row.edited_at?.toISOString() ?? null,
    deletedAt: row.deleted_at?.toISOString() ?? null,
  }
}

/** A story's address dies with the story; view-once content never had one. */
function describeAttachments(
  content: MessageContent,
  row: MessageRow,
  nowMs: number,
): Message['attachments'] {
  return (content.attachments ?? []).map(({ type, url, title, mediaId }) => {
    const isStory = type === 'story_mention' || type === 'ig_story' || type === 'story'
    const isExpired = isStory && nowMs - row.at.getTime() > STORY_LIFE_MS
    return {
      type,
      url: url ?? null,
      ...(title === undefined ? {} : { title }),
      ...(mediaId === undefined ? {} : { mediaId }),
      state: url === undefined ? 'unavailable' : isExpired ? 'expired' : 'available',
    }
  })
}

/** No story lives longer than so after somebody replied to it. */
function describeReplyTo(
  content: MessageContent,
  row: MessageRow,
  nowMs: number,
): Message['replyTo'] {
  const { replyTo } = content
  if (replyTo === undefined) return null
  if ('mid' in replyTo) return replyTo
  const { id = null, url = null } = replyTo.story
  return { story: { id, url: nowMs - row.at.getTime() > STORY_LIFE_MS ? null : url } }
}

function describeError(code: string | null): Message['error'] {
  if (code === null) return null
  // Written by this program from the catalogue; one that has left it keeps its name.
  const known = Object.hasOwn(errors, code) ? errors[code as ErrorCode] : undefined
  return { code, title: known?.title ?? code, hint: known?.hint ?? '' }
}
