import type { BegunCall, FinishedCall, WatchCall } from '@parley/instagram/finished-call.ts'
import type { Ports } from '#ports/ports.ts'

type Touched = Pick<Ports, 'config' | 'measures'>

/** Counts calls at Meta as they end. What became of a forwarded one is said by who reads its answer. */
export function watchMeasures(ports: Touched): WatchCall {
  return (call) => (end) => {
    if (call.kind !== 'forwarded') noteCall(ports, { ...call, ...end })
  }
}

/** Counts a call at Meta for its app, and for the account or page it was about. */
export function noteCall(
  ports: Touched,
  call: Pick<BegunCall, 'host' | 'nodeId'> & Pick<FinishedCall, 'isFailed' | 'meters'>,
): void {
  const { config, measures } = ports
  const { isFailed, meters } = call
  const app = call.host === 'facebook_graph' ? config.facebookApp : config.instagramApp
  if (app !== undefined) {
    measures.note({ kind: 'calls', subject: app.id, isFailed, usedPercent: meters.appPercent ?? 0 })
  }
  if (call.nodeId === undefined) return
  const usedPercent = meters.accountPercent ?? 0
  measures.note({ kind: 'calls', subject: call.nodeId, isNode: true, isFailed, usedPercent })
}
