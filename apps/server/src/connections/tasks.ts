import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { checkConnections } from './check-connections.ts'

export function connectionTasks(ports: Ports): SliceTasks {
  return {
    tasks: {
      'connections:refresh': async () => {
        await refreshDue(ports, { tenants: null })
        await checkConnections(ports)
      },
    },
    cron: [{ task: 'connections:refresh', pattern: ports.config.refreshCron }],
  }
}
