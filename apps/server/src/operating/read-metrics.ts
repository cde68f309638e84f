import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { askInTime } from './ask-in-time.ts'
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
  host_events_waiting: 'Events on their way to an endpoint of the host',
  host_endpoints_failing: 'Endpoints of the host that take nothing, or were disabled for it',
}

type Figures = {
  readonly backlog: Backlog
  readonly connections: Awaited<ReturnType<typeof countConnections>>
  readonly days: number | null
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

  const ask = async (): Promise<Figures> => ({
    backlog: await readBacklog(ports.db),
    connections: await countConnections(ports.db),
    days: await findNextExpiry(ports.db, new Date(ports.clock.now())),
  })
  const show = (figures: Figures): void => {
    for (const entry of backlog) entry.gauge.set(figures.backlog[entry.name])
    connections.reset()
    for (const { status, count } of figures.connections) connections.set({ status }, count)
    expiry.set(figures.days ?? Number.NaN)
  }

  return {
    contentType: registry.contentType,
    async read() {
      const figures = await askInTime(ask()).catch((error: unknown) => {
        ports.log.debug({ err: error }, 'metrics without the database')
        return undefined
      })
      if (figures === undefined) registry.resetMetrics()
      else show(figures)
      up.set(figures === undefined ? 0 : 1)
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
