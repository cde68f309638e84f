import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'
import { forgetOldEvents } from './forget-old-events.ts'

export function hostEventTasks(ports: Ports): SliceTasks {
  return {
    tasks: {
      'host_events:forget_old': async () => {
        await forgetOldEvents(ports)
      },
    },
    cron: [{ task: 'host_events:forget_old', pattern: '37 * * * *' }],
  }
}
