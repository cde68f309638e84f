import type { SliceTasks } from '#ports/jobs.ts'
import type { Ports } from '#ports/ports.ts'
import { endPauses } from './end-pauses.ts'

export function conversationTasks(ports: Ports): SliceTasks {
  return {
    tasks: {
      'conversations:end_pauses': async () => {
        await endPauses(ports)
      },
    },
    cron: [{ task: 'conversations:end_pauses', pattern: '* * * * *' }],
  }
}
