import type { Message } from '@parley/contract/message.ts'
import { dayKey } from '#ui/time.ts'

/** Lines further apart are told apart even when the same one wrote them. */
const SAME_BREATH_MS = 10 * 60_000

export type ThreadItem =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'line'; key: string; message: Message; startsGroup: boolean }

/** A thread as it is drawn: a head for each day, and who wrote only where that changes. */
export function groupThread(messages: readonly Message[]): ThreadItem[] {
  const items: ThreadItem[] = []
  let last: Message | undefined
  for (const message of messages) {
    const isNewDay = last === undefined || dayKey(last.at) !== dayKey(message.at)
    if (isNewDay) items.push({ kind: 'day', key: `day-${message.id}`, at: message.at })
    const startsGroup =
      isNewDay ||
      last?.author !== message.author ||
      Date.parse(message.at) - Date.parse(last.at) > SAME_BREATH_MS
    items.push({ kind: 'line', key: message.id, message, startsGroup })
    last = message
  }
  return items
}

/** The line another one answers, when it is loaded. */
export const findQuoted = (messages: readonly Message[], message: Message): Message | undefined => {
  const { replyTo } = message
  if (replyTo === null || !('mid' in replyTo)) return undefined
  return messages.find(({ mid }) => mid === replyTo.mid)
}
