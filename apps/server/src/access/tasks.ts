import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'
import { forgetExpired } from './forget-expired.ts'

export function accessTasks(ports: Ports): SliceTasks {
  return {
    tasks: {
      'access:forget_expired': async () => {
        await forgetExpired(ports)
      },
    },
    cron: [{ task: 'access:forget_expired', pattern: '7 * * * *' }],
  }
}
