import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'
import { forgetUnowned } from './forget-unowned.ts'

export function webhookTasks(ports: Ports): SliceTasks {
  return {
    tasks: {
      'webhooks:forget_unowned': async () => {
        await forgetUnowned(ports)
      },
    },
    cron: [{ task: 'webhooks:forget_unowned', pattern: '17 * * * *' }],
  }
}
