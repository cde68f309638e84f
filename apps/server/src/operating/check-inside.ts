import type { Finding } from '@parley/contract/doctor.ts'
import { lifeOfVersion, NEWEST_VERSION } from '@parley/instagram/graph-versions.ts'
import type { Ports } from '#ports/ports.ts'
import { found, ok } from './findings.ts'
import { readServer } from './store-doctor.ts'

const SKEW_MS_MAX = 5_000
const POSTGRES_MIN = 150_000

/** What is looked at without leaving: the database, the clocks, the version of Meta's API. */
export async function checkInside(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
): Promise<Finding[]> {
  const nowMs = ports.clock.now()
  const server = await readServer(ports.db)
  const skewMs = Math.abs(server.now.getTime() - nowMs)
  return [
    server.version >= POSTGRES_MIN
      ? ok('database', `PostgreSQL ${Math.floor(server.version / 10_000)} answers.`)
      : found(
          'problem',
          'database',
          'PostgreSQL is older than 15.',
          'Upgrade PostgreSQL to 15 or later.',
        ),
    skewMs <= SKEW_MS_MAX
      ? ok('clock', 'This machine and the database agree on the time.')
      : found(
          'problem',
          'clock',
          `This machine and the database differ by ${Math.round(skewMs / 1000)} seconds.`,
          'Switch on time synchronisation (NTP) on both machines.',
        ),
    versionFinding(ports.config.graphVersion, nowMs),
  ]
}

function versionFinding(version: string, nowMs: number): Finding {
  const check = 'Graph version'
  const fix = `GRAPH_API_VERSION=${NEWEST_VERSION}`
  const life = lifeOfVersion(version, nowMs)
  switch (life.state) {
    case 'fine':
      return ok(
        check,
        `${version} is served ${life.endsOn === null ? 'on' : `until ${life.endsOn}`}.`,
      )
    case 'ending':
      return found('warning', check, `${version} ends on ${life.endsOn}.`, fix, fix)
    case 'gone':
      return found('problem', check, `${version} ended on ${life.endsOn}.`, fix, fix)
    case 'unknown':
      return found('unknown', check, `${version} is not known here.`, fix, fix)
  }
}
