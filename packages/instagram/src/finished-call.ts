import { classifyGraphError } from './classify-graph-error.ts'
import type { GraphErrorClass } from './classify-graph-error.ts'
import { GraphError } from './graph-error.ts'
import type { HttpFailure, HttpResponse } from './http-port.ts'
import { readMeters } from './usage.ts'
import type { Meters } from './usage.ts'

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

/** What is known when a call begins. */
export type BegunCall = CallName & {
  /** Account or page the call is about, where its path names one; an id of something else may stand here too. */
  readonly nodeId: string | undefined
}

/** What came of a call. */
export type FinishedCall = {
  /** What its failure means. `refused`: a forwarded one, whose answer is the asker's to read. */
  readonly result: 'ok' | 'refused' | GraphErrorClass
  /** Meta did not answer, or refused for a reason that is not in the message or its reader. */
  readonly isFailed: boolean
  readonly meters: Meters
}

/** Told when a call begins; what it returns is told when the call is over, once. Never of one that we gave up ourselves. */
export type WatchCall = (call: BegunCall) => (end: FinishedCall) => void

/** Several watches as one. */
export function watchWith(...watches: readonly WatchCall[]): WatchCall {
  return (call) => {
    const ends = watches.map((watch) => watch(call))
    return (end) => {
      for (const tell of ends) tell(end)
    }
  }
}

/** Refusals of one message, one person or one odd request: they say nothing of how the connection is. */
const OF_THE_REQUEST: ReadonlySet<GraphErrorClass> = new Set(['fail_message', 'bug'])

/** Whether a call that ended with this counts as failed. */
export function isFailedCall(error: GraphError | HttpFailure): boolean {
  return !OF_THE_REQUEST.has(classifyGraphError(error))
}

/** @param mayRefuse a refusal of Meta's is an answer to this call. */
export function failedCall(
  error: GraphError | HttpFailure,
  headers: HttpResponse['headers'],
  mayRefuse: boolean,
): FinishedCall {
  const isExpected = mayRefuse && error instanceof GraphError
  return {
    result: classifyGraphError(error),
    isFailed: !isExpected && isFailedCall(error),
    meters: readMeters(headers),
  }
}

/** The account or page a path begins with. */
export const nodeOfPath = (path: string): string | undefined => /^\/(\d+)(?:\/|$)/.exec(path)?.[1]

/** `/17841…/messages` → `messages`. */
export function kindOfPath(path: string): CallKind {
  const edge = path.slice(path.lastIndexOf('/') + 1)
  // Looked up in the object itself, so the name is one of its keys.
  return Object.hasOwn(KIND_OF_EDGE, edge)
    ? KIND_OF_EDGE[edge as keyof typeof KIND_OF_EDGE]
    : 'object'
}
