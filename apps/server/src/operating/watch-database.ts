import { AlertKind } from '@parley/contract/alert.ts'
import { ConnectionStatus } from '@parley/contract/connection.ts'
import type { Figure } from '#ports/metrics.ts'
import type { Ports } from '#ports/ports.ts'
import { EXPIRING_MS } from '#tokens/derive-grant.ts'
import { askInTime } from './ask-in-time.ts'
import { countAlerts, countConnections, readBacklog, readTokens } from './store-figures.ts'
import type { Backlog, TokenFigures } from './store-figures.ts'

const EXPIRING_DAYS = EXPIRING_MS / (24 * 60 * 60 * 1000)

/** One number each. */
const PLAIN: Record<keyof (Backlog & TokenFigures), string> = {
  parley_deliveries_waiting: 'Deliveries stored and not yet processed',
  parley_oldest_delivery_seconds: 'Age of the oldest delivery not yet processed',
  parley_last_delivery_timestamp_seconds: 'When the newest delivery was received, in Unix time',
  parley_lanes_ready: 'Conversations with work to do now or later',
  parley_oldest_lane_seconds:
    'How long the conversation has waited that waits longest for a worker',
  parley_lanes_parked: 'Conversations set aside after repeated failures',
  parley_parts_open: 'Outbound messages not settled yet',
  parley_parts_unknown: 'Outbound messages whose outcome is not known yet',
  parley_workers_live: 'Workers seen within five seconds',
  parley_host_events_waiting: 'Events on their way to an endpoint of the host',
  parley_host_endpoints_failing: 'Endpoints of the host that take nothing, or were disabled for it',
  parley_jobs_waiting: 'Background jobs that could run now',
  parley_jobs_failed: 'Background jobs that were given up',
  parley_refreshes_due: 'Tokens whose refresh is due',
  parley_checks_due: 'Tokens whose daily look is due',
  parley_apps_paused:
    'Meta apps whose refreshes and checks are paused, for trouble of the whole app',
  parley_next_token_expiry_seconds: 'Time until the next token ends; NaN: none has an end',
}

const HELP = {
  ...PLAIN,
  parley_database_up: '1 when the database answers',
  parley_connections: 'Connections by status',
  parley_alerts_open: 'Open alerts by kind',
} as const

const POOLS = {
  parley_database_connections: 'Connections of this process to the database, by pool and state',
  parley_database_waiting: 'Statements of this process that wait for a connection, by pool',
} as const

type Name = keyof typeof HELP
type Asked = {
  readonly plain: Backlog & TokenFigures
  readonly connections: ReadonlyMap<string, number>
  readonly alerts: ReadonlyMap<string, number>
}

/**
 * Adds what the database says to the metrics: the same from every process. While it is away they are NaN, which no rule
 * takes for a number, and `parley_database_up` is 0.
 */
export function watchDatabase(ports: Pick<Ports, 'db' | 'clock' | 'metrics' | 'log'>): void {
  let asking: Promise<Asked> | undefined
  // However many read at once, the database is asked once.
  const askOnce = (): Promise<Asked> =>
    (asking ??= ask(ports).finally(() => {
      asking = undefined
    }))
  ports.metrics.look(HELP, async () => {
    const asked = await askInTime(askOnce()).catch((error: unknown) => {
      ports.log.debug({ err: error }, 'metrics without the database')
      return undefined
    })
    return figuresOf(asked)
  })
  ports.metrics.look(POOLS, () => ports.db.loads().flatMap(poolFigures))
}

async function ask({ db, clock }: Pick<Ports, 'db' | 'clock'>): Promise<Asked> {
  const now = new Date(clock.now())
  const plain = { ...(await readBacklog(db)), ...(await readTokens(db, now)) }
  const connections = await countConnections(db, now, EXPIRING_DAYS)
  const alerts = await countAlerts(db)
  return {
    plain,
    connections: new Map(connections.map(({ status, count }) => [status, count])),
    alerts: new Map(alerts.map(({ kind, count }) => [kind, count])),
  }
}

function figuresOf(asked: Asked | undefined): Figure<Name>[] {
  const unknown = Number.NaN
  // The catalogue has exactly the keys of what is asked.
  const names = Object.keys(PLAIN) as (keyof typeof PLAIN)[]
  return [
    { name: 'parley_database_up', value: asked === undefined ? 0 : 1 },
    ...names.map((name) => ({ name, value: asked?.plain[name] ?? unknown })),
    ...ConnectionStatus.options.map((status) => ({
      name: 'parley_connections' as const,
      value: asked === undefined ? unknown : (asked.connections.get(status) ?? 0),
      labels: { status },
    })),
    ...AlertKind.options.map((kind) => ({
      name: 'parley_alerts_open' as const,
      value: asked === undefined ? unknown : (asked.alerts.get(kind) ?? 0),
      labels: { kind },
    })),
  ]
}

function poolFigures({
  pool,
  busy,
  idle,
  waiting,
}: ReturnType<Ports['db']['loads']>[number]): Figure<keyof typeof POOLS>[] {
  const name = 'parley_database_connections'
  return [
    { name, value: busy, labels: { pool, state: 'busy' } },
    { name, value: idle, labels: { pool, state: 'idle' } },
    { name: 'parley_database_waiting', value: waiting, labels: { pool } },
  ]
}
