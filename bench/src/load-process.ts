import { runLoad } from '#load.ts'
import type { LoadJob } from '#load.ts'

// The job comes from load-client.ts, over this process's own channel.
process.once('message', (job) => {
  void runLoad(job as LoadJob).then((result) => process.send?.(result))
})
process.once('disconnect', () => process.exit(0))
