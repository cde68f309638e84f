import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { countConnections, findNextExpiry, readBacklog } from './store.ts'
import type { Backlog } from './store.ts'
import type { Ports } from '#ports/ports.ts'

/** Texts in Prometheus' format. */
export interface Metrics {
  readonly contentType: string
  /** When the database is away: `parley_database_up 0` and the process's own figures. */
  read(): Promise<string>
}

const backlogHelp: Record<keyof Backlog, string> = {
  deliveries_waiting: 'Deliveries stored and not yet processed',
  oldest_delivery_seconds: 'Age of the oldest delivery not yet processed',
  lanes_ready: 'Conversations with work to do now or later',
  lanes_parked: 'Conversations set aside after repeated failures',
  parts_open: 'Outbound messages not settled yet',
  parts_unknown: 'Outbound messages whose outcome is not known yet',
  workers_live: 'Workers seen within five seconds',
}

let ofProcess: Registry | undefined

/** Counts only: no tenant, account or person appears in a label. */
export function createMetrics(ports: Pick<Ports, 'db' | 'clock' | 'log'>): Metrics {
  const registry = new Registry()
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name: `parley_${name}`, help, labelNames, registers: [registry] })
  const up = gauge('database_up', '1 when the database answers')
  // `backlogHelp` has exactly the keys of Backlog.
  const names = Object.keys(backlogHelp) as (keyof Backlog)[]
  const backlog = names.map((name) => ({ name, gauge: gauge(name, backlogHelp[name]) }))
  const connections = gauge('connections', 'Connections by status', ['status'])
  const expiry = gauge('next_token_expiry_days', 'Days until the next token ends')

  const refresh = async (): Promise<void> => {
    const read = await readBacklog(ports.db)
    for (const entry of backlog) entry.gauge.set(read[entry.name])
    connections.reset()
    for (const { status, count } of await countConnections(ports.db)) {
      connections.set({ status }, count)
    }
    const days = await findNextExpiry(ports.db, new Date(ports.clock.now()))
    expiry.set(days ?? Number.NaN)
  }

  return {
    contentType: registry.contentType,
    async read() {
      try {
        await refresh()
        up.set(1)
      } catch (error) {
        ports.log.debug({ err: error }, 'metrics without the database')
        registry.resetMetrics()
        up.set(0)
      }
      return `${await registry.metrics()}${await processMetrics().metrics()}`
    },
  }
}

/** One for the process: its figures do not belong to an app. */
function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}
