import type { Finding } from '@parley/contract/doctor.ts'
import type { Ports } from '#ports/ports.ts'
import { found, ok } from './findings.ts'
import { readServer } from './store-doctor.ts'

const SKEW_MS_MAX = 5_000
const POSTGRES_MIN = 150_000

/** What is looked at without leaving: the database and the clocks. */
export async function checkInside(ports: Pick<Ports, 'db' | 'clock'>): Promise<Finding[]> {
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
  ]
}
