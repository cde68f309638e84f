import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const FOLDER = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}
const WORTH_GZIP = new Set(['.html', '.js', '.css', '.json', '.svg', '.webmanifest'])

export type StaticFile = {
  readonly bytes: Buffer<ArrayBuffer>
  readonly gzipped: Buffer<ArrayBuffer> | undefined
  readonly type: string
  readonly etag: string
}

/** The built dashboard, whole, in memory: nothing outside this list is ever read. */
export type DashboardFiles = ReadonlyMap<string, StaticFile>

/** Undefined while it is not built. */
export async function readDashboardFiles(folder = FOLDER): Promise<DashboardFiles | undefined> {
  const files = new Map<string, StaticFile>()
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      files.set(path.slice(folder.length).replaceAll('\\', '/'), await readStaticFile(path))
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  return files.has('/index.html') ? files : undefined
}

async function readStaticFile(path: string): Promise<StaticFile> {
  const bytes = await readFile(path)
  const extension = extname(path)
  return {
    bytes,
    gzipped: WORTH_GZIP.has(extension) ? await promisify(gzip)(bytes) : undefined,
    type: TYPES[extension] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
  }
}
