import { AppError } from '@parley/contract/app-error.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Ports } from '#ports/ports.ts'
import type { Line } from './circuits.ts'
import { useGrant } from '#tokens/use-grant.ts'

const PROBE_TIMEOUT_MS = 5000

/** Asks Meta something harmless for a connection. True when it answers, even with a refusal. */
export async function probeMeta(ports: Ports, line: Line): Promise<boolean> {
  try {
    const grant = await useGrant(ports, line, 'probe')
    const options = { timeoutMs: PROBE_TIMEOUT_MS }
    if (grant.login === 'instagram') await ports.graph.readInstagramAccount(grant.token, options)
    else await ports.graph.readFacebookSelf(grant.token, options)
    return true
  } catch (error) {
    if (error instanceof HttpFailure) return false
    if (error instanceof GraphError) {
      const meaning = classifyGraphError(error)
      return meaning !== 'transient' && meaning !== 'unknown_outcome'
    }
    // Nothing to ask with: the sends themselves will say why.
    if (error instanceof AppError) return true
    ports.log.error({ err: error, connectionId: line.connectionId }, 'the probe of Meta failed')
    return false
  }
}
