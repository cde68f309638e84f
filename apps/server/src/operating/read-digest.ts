import type { Connection, ConnectionStatus } from '@parley/contract/connection.ts'
import { explainReason } from '@parley/contract/reasons.ts'
import { lifeOfVersion } from '@parley/instagram/graph-versions.ts'
import { listConnections } from '#connections/list-connections.ts'
import { firstIdAt } from '#host-events/first-id-at.ts'
import { pageOf } from '#http/list.ts'
import type { Ports } from '#ports/ports.ts'
import { countWaiting, readResponses, readTroubles } from './store-digest.ts'
import type { Responses, Troubles, Week } from './store-digest.ts'

const WEEK_MS = 7 * 24 * 60 * 60 * 1000
const PAGE = 100
/** More are counted, not named. */
const NAMED_MAX = 10

/** A week in figures. */
export type Digest = {
  readonly week: Week
  readonly timezone: string
  /** Null: of the whole installation. */
  readonly tenantName: string | null
  readonly connections: Partial<Record<ConnectionStatus, number>>
  /** Those a person must act on: public names, and what is wrong. */
  readonly lost: readonly { readonly account: string; readonly why: string }[]
  /** `isLate`: it should have been renewed long ago, and could not be. */
  readonly nextExpiry: {
    readonly account: string
    readonly at: string
    readonly isLate: boolean
  } | null
  readonly responses: Responses
  /** Conversations that wait for a person now. */
  readonly waiting: number
  readonly troubles: Troubles
  /** Of the installation, once a quarter: what Meta asks of it besides. */
  readonly chores: readonly string[]
}

type Touched = Pick<Ports, 'config' | 'db' | 'clock'>

/** Reads the week that ended at `until`, of a tenant or of the whole installation. */
export async function readDigest(
  ports: Touched,
  of: { tenantId: string | null; tenantName: string | null; until: Date },
): Promise<Digest> {
  const { tenantId, tenantName, until } = of
  const week = { tenantId, since: new Date(until.getTime() - WEEK_MS), until }
  const bounds = { firstId: firstIdAt(week.since.getTime()), lastId: firstIdAt(until.getTime()) }
  const { timezone } = ports.config
  const isQuarter = tenantId === null && isFirstOfQuarter(until, timezone)
  return {
    week,
    timezone,
    tenantName,
    ...(await readConnections(ports, tenantId)),
    responses: await readResponses(ports.db, { tenantId, ...bounds }),
    waiting: await countWaiting(ports.db, tenantId),
    troubles: await readTroubles(ports.db, week),
    chores: isQuarter ? choresOf(ports, until) : [],
  }
}

async function readConnections(
  ports: Touched,
  tenantId: string | null,
): Promise<Pick<Digest, 'connections' | 'lost' | 'nextExpiry'>> {
  const counts: Partial<Record<ConnectionStatus, number>> = {}
  const lost: { account: string; why: string }[] = []
  let nextExpiry: Digest['nextExpiry'] = null
  let cursor: string | undefined
  do {
    const found = await listConnections(ports, {
      tenants: tenantId === null ? null : [tenantId],
      status: undefined,
      page: pageOf({ cursor, limit: PAGE }),
    })
    for (const one of found.data) {
      counts[one.status] = (counts[one.status] ?? 0) + 1
      if (one.status === 'needs_reauth' || one.status === 'revoked') {
        const why = explainReason(one.reason ?? '')?.title ?? 'Access was lost'
        if (lost.length < NAMED_MAX) lost.push({ account: nameOf(one), why })
      }
      const at = endOf(one)
      if (at !== undefined && (nextExpiry === null || at < nextExpiry.at)) {
        nextExpiry = { account: nameOf(one), at, isLate: one.status === 'expiring' }
      }
    }
    cursor = found.nextCursor ?? undefined
  } while (cursor !== undefined)
  return { connections: counts, lost, nextExpiry }
}

/** When the last of its tokens ends, ISO 8601; undefined: it is not live, or one has no end that is known. */
function endOf({ status, grants }: Connection): string | undefined {
  if (status !== 'active' && status !== 'expiring') return undefined
  const live = grants.filter((grant) => grant.status === 'active' || grant.status === 'expiring')
  const ends = live.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt]))
  return ends.length < live.length ? undefined : ends.toSorted().at(-1)
}

const nameOf = ({ account }: Connection): string =>
  account.username === null ? account.id : `@${account.username}`

/** The first digest of January, April, July and October. */
function isFirstOfQuarter(at: Date, timeZone: string): boolean {
  const parts = new Intl.DateTimeFormat('en', { timeZone, month: 'numeric', day: 'numeric' })
    .formatToParts(at)
    .map(({ type, value }) => [type, Number(value)] as const)
  const { month = 0, day = 0 } = Object.fromEntries(parts)
  return month % 3 === 1 && day <= 7
}

/**
 * What keeps an app's access at Meta alive and no program can do.
 * Source: docs/instagram-platform/overview, docs/facebook-login/facebook-login-for-business, read 2026-11-20.
 */
function choresOf({ config }: Touched, until: Date): string[] {
  const life = lifeOfVersion(config.graphVersion, until.getTime())
  const endsOn = life.state === 'unknown' ? null : life.endsOn
  return [
    'Data Use Checkup: when Meta’s dashboard asks for it, answer in time. Advanced Access depends on it.',
    'Business Verification: look whether it still stands under Settings, and whether its papers are current.',
    'App Review: compare the permissions with Advanced Access with those Parley asks for (PARLEY_CAPABILITIES).',
    `Graph API: ${config.graphVersion} ${endsOn === null ? 'has no end Meta has told' : `is served until ${endsOn}`} (GRAPH_API_VERSION).`,
    'Run parley doctor: it compares the settings with Meta’s dashboard.',
  ]
}
