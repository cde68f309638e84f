import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

/**
 * What `path` holds; made once, readable by its owner only. Several processes may ask at once: all get the same.
 * Written aside and linked, so nobody reads half of it.
 */
export function keepFile(path: string, make: () => string): string {
  const found = readIfThere(path)
  if (found !== undefined) return found
  const aside = `${path}.new-${process.pid}`
  writeFileSync(aside, make(), { mode: 0o600 })
  try {
    linkSync(aside, path)
  } catch (error) {
    if (readIfThere(path) === undefined) throw error
  } finally {
    rmSync(aside)
  }
  return readFileSync(path, 'utf8')
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
