import { classifyGraphError } from './classify-graph-error.ts'
import { GraphError } from './graph-error.ts'
import type { GraphErrorClass } from './classify-graph-error.ts'
import { HttpFailure } from './http-port.ts'
import type { HttpResponse } from './http-port.ts'
import type { Login } from './login.ts'
import { readMeters } from './usage.ts'
import type { Meters } from './usage.ts'

/** How a call ended, for whoever counts. */
export interface ObservedCall {
  readonly login: Login
  /** Account or page the call is about, where its path names one; an id of something else may stand here too. */
  readonly nodeId: string | undefined
  /** Meta did not answer, or refused for a reason that is not in the message or its reader. */
  readonly isFailed: boolean
  readonly meters: Meters
}

/** Refusals of one message, one person or one odd request: they say nothing of how the connection is. */
const OF_THE_REQUEST: ReadonlySet<GraphErrorClass> = new Set(['fail_message', 'bug'])

/** Whether a call that ended with this counts as failed. */
export function isFailedCall(error: GraphError | HttpFailure): boolean {
  return !OF_THE_REQUEST.has(classifyGraphError(error))
}

/** What is told of a call. `refused`: what it threw, if anything. */
export function observedCall(
  call: { readonly login: Login; readonly path: string; readonly mayRefuse?: boolean },
  answer: { readonly headers: HttpResponse['headers']; readonly refused: unknown },
): ObservedCall {
  const { refused } = answer
  const isKnown = refused instanceof GraphError || refused instanceof HttpFailure
  const isExpected = call.mayRefuse === true && refused instanceof GraphError
  return {
    login: call.login,
    nodeId: /^\/(\d+)(?:\/|$)/.exec(call.path)?.[1],
    isFailed: isKnown && !isExpected && isFailedCall(refused),
    meters: readMeters(answer.headers),
  }
}
