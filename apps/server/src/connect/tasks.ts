import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'
import { cleanSessions } from './clean-sessions.ts'
import { destroyLateCandidates } from './destroy-late-candidates.ts'
import { repeatExchanges } from './repeat-exchanges.ts'
import type { ConnectHooks } from './schema.ts'

export function connectTasks(ports: Ports, hooks: ConnectHooks): SliceTasks {
  return {
    tasks: {
      'connect:repeat_exchanges': async () => {
        await repeatExchanges(ports, hooks)
      },
      'connect:destroy_candidates': async () => {
        await destroyLateCandidates(ports)
      },
      'connect:clean_sessions': async () => {
        await cleanSessions(ports)
      },
    },
    cron: [
      { task: 'connect:repeat_exchanges', pattern: '* * * * *' },
      { task: 'connect:destroy_candidates', pattern: '*/10 * * * *' },
      { task: 'connect:clean_sessions', pattern: '*/10 * * * *' },
    ],
  }
}
