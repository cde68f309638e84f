import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Scratch = Disposable & { readonly path: string }

/** A directory that is gone when its scope is left, or the process ends. */
export function makeScratch(prefix: string): Scratch {
  const path = mkdtempSync(join(tmpdir(), prefix))
  const remove = (): void => {
    process.off('exit', remove)
    rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
  process.on('exit', remove)
  return { path, [Symbol.dispose]: remove }
}
