import { fork } from 'node:child_process'
import { inherited } from '#child.ts'
import type { LoadJob, LoadResult } from '#load.ts'

/** Runs one load in a process of its own, so that it shares no event loop with whoever measures. */
export async function runLoadProcess(job: LoadJob): Promise<LoadResult> {
  const path = new URL('./load-process.ts', import.meta.url).pathname
  const child = fork(path, [], { serialization: 'advanced', env: inherited() })
  return await new Promise((resolve, reject) => {
    // Sent by load-process.ts.
    child.once('message', (result) => {
      resolve(result as LoadResult)
      child.disconnect()
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)))
    child.send(job)
  })
}
