import type { GraphErrorClass } from './classify-graph-error.ts'
import type { Usage } from './usage.ts'

/** Meta's hosts, named as the settings that hold their addresses. */
export const CALL_HOSTS = ['instagram_graph', 'instagram_api', 'facebook_graph'] as const
type CallHost = (typeof CALL_HOSTS)[number]

/** Edges by their last segment. Whatever else is called is an object by its id, or somebody else's call. */
const KIND_OF_EDGE = {
  messages: 'messages',
  conversations: 'conversations',
  subscribed_apps: 'subscribed_apps',
  subscriptions: 'subscriptions',
  permissions: 'permissions',
  accounts: 'accounts',
  debug_token: 'debug_token',
  me: 'me',
  access_token: 'token',
  refresh_access_token: 'token',
} as const

type CallKind = (typeof KIND_OF_EDGE)[keyof typeof KIND_OF_EDGE] | 'object' | 'forwarded'

/** A few words and no ids: fit to be counted by. */
export type CallName = { readonly host: CallHost; readonly kind: CallKind }

/** What came of a call: what its failure means, and what Meta said of the allowance. `refused`: a forwarded one. */
export type FinishedCall = {
  readonly result: 'ok' | 'refused' | GraphErrorClass
  readonly usage: Usage | undefined
}

/** Told when a call begins; what it returns is told when the call is over, once. */
export type WatchCall = (call: CallName) => (end: FinishedCall) => void

/** `/17841…/messages` → `messages`. */
export function kindOfPath(path: string): CallKind {
  const edge = path.slice(path.lastIndexOf('/') + 1)
  // Looked up in the object itself, so the name is one of its keys.
  return Object.hasOwn(KIND_OF_EDGE, edge)
    ? KIND_OF_EDGE[edge as keyof typeof KIND_OF_EDGE]
    : 'object'
}
