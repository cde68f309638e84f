import { lifeOfVersion } from '@parley/instagram/graph-versions.ts'
import type { Ports } from '#ports/ports.ts'
import { causes } from './causes.ts'
import type { Trouble, Watched } from './schema.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Told again when so many days are left. */
const DAYS_AGAIN = [30, 7, 0] as const

/** The configured version of Meta's API ends soon, or has ended: from then on Meta answers with another one. */
export function watchApiVersion({
  config,
  clock,
}: Pick<Ports, 'config' | 'clock'>): readonly Watched[] {
  return [
    {
      kind: 'api_version_ending',
      troubles: troublesOf(config.graphVersion, config.alerts.apiVersionDays, clock.now()),
      lingering: new Set(),
      isOff: config.alerts.apiVersionDays === undefined,
    },
  ]
}

function troublesOf(version: string, daysTold: number | undefined, nowMs: number): Trouble[] {
  const life = lifeOfVersion(version, nowMs)
  if (daysTold === undefined || life.state === 'unknown' || life.endsOn === null) return []
  const daysLeft = (Date.parse(life.endsOn) - nowMs) / DAY_MS
  if (daysLeft > daysTold) return []
  const level = DAYS_AGAIN.filter((days) => daysLeft <= days).length
  return [
    {
      tenantId: null,
      connectionId: null,
      kind: 'api_version_ending',
      severity: daysLeft <= 0 ? 'critical' : 'warning',
      cause: causes.apiVersion(version),
      level,
      detail: { version, endsAt: life.endsOn },
    },
  ]
}
