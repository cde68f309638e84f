import type { ObservedCall } from '@parley/instagram/observe-call.ts'
import type { Ports } from '#ports/ports.ts'

/** Counts a call at Meta for its app, and for the account or page it was about. */
export function noteCall(ports: Pick<Ports, 'config' | 'measures'>, call: ObservedCall): void {
  const { config, measures } = ports
  const { isFailed, meters } = call
  const app = call.login === 'instagram' ? config.instagramApp : config.facebookApp
  if (app !== undefined) {
    measures.note({ kind: 'calls', subject: app.id, isFailed, usedPercent: meters.appPercent ?? 0 })
  }
  if (call.nodeId === undefined) return
  const usedPercent = meters.accountPercent ?? 0
  measures.note({ kind: 'calls', subject: call.nodeId, isNode: true, isFailed, usedPercent })
}
