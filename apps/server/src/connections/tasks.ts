import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'
import { mendDates } from '#tokens/mend-dates.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { checkConnections } from './check-connections.ts'

export function connectionTasks(ports: Ports): SliceTasks {
  return {
    tasks: {
      'connections:refresh': async (_payload, signal) => {
        const scope = { tenants: null, isOver: () => signal.aborted }
        await mendDates(ports)
        await refreshDue(ports, scope)
        await checkConnections(ports, scope)
      },
    },
    cron: [{ task: 'connections:refresh', pattern: ports.config.refreshCron }],
  }
}
