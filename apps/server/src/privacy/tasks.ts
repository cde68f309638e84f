import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'
import { applyRetention } from './apply-retention.ts'

export function privacyTasks(ports: Ports): SliceTasks {
  return {
    tasks: {
      'privacy:apply_retention': async (_, signal) => {
        await applyRetention(ports, signal)
      },
    },
    // At night by UTC; what a tenant's day is does not matter to a limit in days.
    cron: [{ task: 'privacy:apply_retention', pattern: '23 3 * * *' }],
  }
}
