import type { Connection } from '@parley/contract/connection.ts'
import type { Conversation } from '@parley/contract/conversation.ts'
import { remaining } from '#ui/time.ts'

/** Who may answer now. `untilMs` is the end of that state. */
export type AnswerWindow =
  | { state: 'open'; untilMs: number }
  | { state: 'human_agent'; untilMs: number }
  | { state: 'closed' }

export function answerWindow(window: Conversation['window'], nowMs: number): AnswerWindow {
  const openUntilMs = window.openUntil === null ? 0 : Date.parse(window.openUntil)
  if (nowMs < openUntilMs) return { state: 'open', untilMs: openUntilMs }
  const agentUntilMs = window.humanAgentUntil === null ? 0 : Date.parse(window.humanAgentUntil)
  if (nowMs < agentUntilMs) return { state: 'human_agent', untilMs: agentUntilMs }
  return { state: 'closed' }
}

/** The window in a few words: `Can answer for 23 h 40 min`. */
export function windowWords(window: AnswerWindow, nowMs: number): string {
  switch (window.state) {
    case 'open':
      return `Can answer for ${remaining(window.untilMs - nowMs)}`
    case 'human_agent':
      return `A person can answer for ${remaining(window.untilMs - nowMs)}`
    case 'closed':
      return 'Window closed'
  }
}

/** Why nothing can be sent now; undefined when it can. */
export function whyNoReply(
  window: AnswerWindow,
  connection: Connection | undefined,
): { title: string; hint: string } | undefined {
  const name = connection?.account.username ?? null
  const account = name === null ? 'this account' : `@${name}`
  if (connection !== undefined && !['active', 'expiring'].includes(connection.status)) {
    return {
      title: `${account === 'this account' ? 'This account' : account} is not connected`,
      hint: 'Reconnect it under Connections to answer; messages that arrive are kept.',
    }
  }
  if (connection?.capabilities.messages?.state === 'off') {
    return {
      title: `${account} may not send messages`,
      hint: 'Reconnect it under Connections with the permission to send messages.',
    }
  }
  if (window.state === 'closed') {
    return {
      title: 'The 24-hour messaging window is closed',
      hint: 'Instagram lets you answer again as soon as the person writes.',
    }
  }
  return undefined
}
