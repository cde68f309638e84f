import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import type { PostgresBinaries } from './postgres-binaries.ts'

/** Where everything of one embedded server lies. */
export type Cluster = { readonly data: string; readonly logFile: string; readonly password: string }

/** A server process that owns a cluster, as its `postmaster.pid` says. */
export type Postmaster = { readonly pid: number; readonly port: number }

export const SUPERUSER = 'parley'
const LOG_BYTES_MAX = 8 * 1024 * 1024
const PID_FILE = 'postmaster.pid'

/**
 * Makes the data folder unless it is there. It is made aside and renamed when complete, so a process killed half-way
 * leaves nothing that looks whole.
 */
export function ensureCluster(cluster: Cluster, binaries: PostgresBinaries): void {
  removeUnfinished(cluster)
  if (existsSync(cluster.data)) return
  const unfinished = `${cluster.data}.new-${process.pid}`
  const passwordFile = `${unfinished}.password`
  try {
    writeFileSync(passwordFile, cluster.password, { mode: 0o600 })
    mkdirSync(unfinished, { mode: 0o700 })
    for (const path of [passwordFile, unfinished]) handOver(path, binaries)
    binaries.initdb([
      '-D',
      unfinished,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--data-checksums',
      // The same order of texts on every machine, whatever locales it has.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ])
    renameSync(unfinished, cluster.data)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Another process was quicker: its cluster is as good.
    if (!existsSync(join(cluster.data, 'PG_VERSION'))) throw error
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

/** The live server of this cluster, if there is one. A pid file alone proves nothing: pids are used again. */
export function findPostmaster(cluster: Cluster): Postmaster | undefined {
  const lines = readPidFile(cluster)
  const pid = Number(lines?.[0])
  if (!Number.isInteger(pid) || pid <= 1 || !isPostmasterOf(pid, cluster)) return undefined
  // The port is missing during the first moments of a start.
  return { pid, port: Number(lines?.[3] ?? 0) }
}

/** Starts a server on `port`, on this machine's own address only. */
export function spawnPostmaster(
  cluster: Cluster,
  binaries: PostgresBinaries,
  port: number,
): ChildProcess {
  disownStalePidFile(cluster)
  const isLogFull =
    (statSync(cluster.logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX
  const log = openSync(cluster.logFile, isLogFull ? 'w' : 'a', 0o600)
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=128MB',
  ]
  try {
    const child = binaries.postgres(
      ['-D', cluster.data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      log,
    )
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

/** The log's end, for a message about a server that does not start. */
export function lastWords(cluster: Cluster): string {
  if (!existsSync(cluster.logFile)) return ''
  return readFileSync(cluster.logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n')
}

export async function freePort(): Promise<number> {
  const server = createServer()
  return await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** True only for a live process that was started with this very data folder. */
export function isPostmasterOf(pid: number, cluster: Cluster): boolean {
  return commandOf(pid).includes(` -D ${cluster.data} `)
}

/** A process's words with a space after each; empty when there is no such process. */
function commandOf(pid: number): string {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    } catch {
      // No such process, or it ended while its entry was read.
      return ''
    }
  }
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
    encoding: 'utf8',
  })
  return `${stdout.trim()} `
}

function readPidFile(cluster: Cluster): string[] | undefined {
  try {
    return readFileSync(join(cluster.data, PID_FILE), 'utf8').split('\n')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * PostgreSQL refuses to start while the pid in its file is alive, even as another program. Named our own pid (its
 * parent's) it takes the file for stale, and still checks the file's other lines for backends that outlived it.
 */
function disownStalePidFile(cluster: Cluster): void {
  const lines = readPidFile(cluster)
  // Another of our programs may have started one a moment ago.
  if (lines === undefined || isPostmasterOf(Number(lines[0]), cluster)) return
  const path = join(cluster.data, PID_FILE)
  if (lines.length < 2) rmSync(path, { force: true })
  else writeFileSync(path, [String(process.pid), ...lines.slice(1)].join('\n'))
}

function removeUnfinished(cluster: Cluster): void {
  const prefix = `${basename(cluster.data)}.new-`
  for (const name of readdirSync(dirname(cluster.data))) {
    if (!name.startsWith(prefix)) continue
    const pid = Number.parseInt(name.slice(prefix.length), 10)
    if (pid !== process.pid && commandOf(pid) !== '') continue
    rmSync(join(dirname(cluster.data), name), { recursive: true, force: true })
  }
}

function handOver(path: string, binaries: PostgresBinaries): void {
  if (binaries.owner !== undefined) chownSync(path, binaries.owner.uid, binaries.owner.gid)
}
