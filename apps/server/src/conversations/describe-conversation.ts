import type { Conversation } from '@parley/contract/conversation.ts'
import { HUMAN_AGENT_WINDOW_MS, MESSAGING_WINDOW_MS } from '@parley/instagram/limits.ts'
import type { Sealer } from '#ports/cipher.ts'
import { ifItOpens, openContent } from './message-content.ts'
import type { ListedRow } from './store-read.ts'

const PREVIEW_CHARACTERS = 140

/** What the automation collected in a conversation; handed in, because flow states are opened a floor above. */
export type OpenFields = (
  sealer: Sealer,
  conversationId: string,
  sealed: Uint8Array | null,
) => Readonly<Record<string, string>>

/** A conversation as the contract tells it, without what does not open. */
export function describeConversation(
  sealer: Sealer,
  row: ListedRow,
  reading: { readonly openFields: OpenFields; readonly onUnreadable: () => void },
): Conversation {
  const read = <T>(open: () => T, otherwise: T): T => {
    const opened = ifItOpens(open)
    if (opened === undefined) reading.onUnreadable()
    return opened ?? otherwise
  }
  return {
    id: row.id,
    connectionId: row.connection_id,
    channel: 'instagram',
    threadId: null,
    person: { igsid: row.igsid, username: row.username, name: row.name },
    status: row.mode,
    window: {
      openUntil: after(row.window_opened_at, MESSAGING_WINDOW_MS),
      humanAgentUntil: after(row.window_opened_at, HUMAN_AGENT_WINDOW_MS),
    },
    fields: { ...read(() => reading.openFields(sealer, row.id, row.sealed_flow_state), {}) },
    lastMessageAt: (row.newest_at ?? row.last_message_at)?.toISOString() ?? null,
    reason: row.mode_reason,
    pausedUntil: row.paused_until?.toISOString() ?? null,
    preview: read<string | null>(() => previewOf(sealer, row), null),
    waiting: row.waiting,
    parked:
      row.parked === null || row.parked_at === null
        ? null
        : { code: row.parked, since: row.parked_at.toISOString() },
  }
}

function after(at: Date | null, ms: number): string | null {
  return at === null ? null : new Date(at.getTime() + ms).toISOString()
}

function previewOf(sealer: Sealer, row: ListedRow): string | null {
  if (row.newest_id === null || row.newest_sealed === null || row.newest_deleted === true)
    return null
  const { text } = openContent(sealer, row.newest_id, row.newest_sealed)
  return text === undefined ? null : text.slice(0, PREVIEW_CHARACTERS).toWellFormed()
}
