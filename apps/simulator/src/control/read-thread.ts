import type { Box } from '#box.ts'
import { WINDOW_MS } from '#graph/may-send.ts'
import { loadAccount, loadPerson } from '#world/find.ts'
import { findThread } from '#world/threads.ts'
import type { Thread } from '#world/threads.ts'

/** What the phone shows of one conversation; an empty one when nobody has written yet. */
export function readThread(box: Box, accountKey: string, personKey: string) {
  const account = loadAccount(box.world, accountKey)
  if (personKey !== 'self' && personKey !== account.key) loadPerson(box.world, personKey)
  const key = personKey === 'self' ? account.key : personKey
  const thread = findThread(box.world, account.key, key)
  return {
    account: account.key,
    person: key,
    igsid:
      thread?.igsid ?? box.world.people.find((one) => one.key === key)?.igsids[account.key] ?? null,
    threadId: thread?.id ?? null,
    isTyping: (thread?.typingUntilMs ?? 0) > box.clock.now(),
    seenByPersonMid: thread?.seenByPersonMid ?? null,
    seenByAccountMid: thread?.seenByAccountMid ?? null,
    windowClosesAtMs: windowClosesAt(thread),
    iceBreakers: thread && thread.messages.length > 0 ? [] : account.iceBreakers,
    persistentMenu: account.persistentMenu,
    messages: thread?.messages ?? [],
  }
}

const windowClosesAt = (thread: Thread | undefined) =>
  thread?.lastPersonActAtMs ? thread.lastPersonActAtMs + WINDOW_MS : null

/** The inbox: newest first, one line each. */
export function readThreads(box: Box) {
  return box.world.threads
    .toSorted((one, other) => other.updatedAtMs - one.updatedAtMs)
    .map((thread) => {
      const last = thread.messages.at(-1)
      return {
        account: thread.accountKey,
        person: thread.personKey,
        updatedAtMs: thread.updatedAtMs,
        lastText: last?.isDeleted ? null : (last?.text ?? null),
        lastFrom: last?.from ?? null,
        lastMid: last?.mid ?? null,
        isUnseen: last?.from === 'account' && thread.seenByPersonMid !== last.mid,
        isTyping: thread.typingUntilMs > box.clock.now(),
        messageCount: thread.messages.length,
      }
    })
}
