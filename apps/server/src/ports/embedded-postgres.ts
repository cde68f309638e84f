import { randomBytes } from 'node:crypto'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { keepFile } from './kept-file.ts'
import type { Log } from './log.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { ensureCluster, findPostmaster, freePort, isPostmasterOf } from './postgres-cluster.ts'
import { lastWords, spawnPostmaster, SUPERUSER } from './postgres-cluster.ts'
import type { Cluster, Postmaster } from './postgres-cluster.ts'

/**
 * A real PostgreSQL in a folder of ours. It outlives a killed Parley (an orphan); the next one joins it and stops it
 * at its own exit. Who holds the session lock is the owner, and there is one.
 */
export interface EmbeddedPostgres {
  readonly url: string
  /** Stops the server, if we are its owner: open transactions are rolled back, everything committed stays. */
  stop(): Promise<void>
}

/** Another Parley lives on this data folder. */
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError'
}

const DATABASE = 'parley'
/** Any number nobody else uses: an advisory lock of this database. */
const OWNER_LOCK = 7_275_392
const START_WAIT_MS = 60_000
/** Backends of a killed server need a moment to end, and a port found free may be taken: a start may fail a few times. */
const FAILED_STARTS_MAX = 20
const LOCK_WAIT_MS = 3_000
const STOP_WAIT_MS = 7_000
const POLL_MS = 50

/**
 * Starts the server of `folder`, or joins the one that runs there.
 *
 * @param role `owner`: we stop it at exit, and start it again should it end. `guest`: it keeps running (tests).
 * @throws DataFolderInUseError when another owner lives.
 */
export async function startEmbeddedPostgres(options: {
  folder: string
  role: 'owner' | 'guest'
  log: Log
}): Promise<EmbeddedPostgres> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  const cluster = clusterOf(options.folder)
  const binaries = findPostgresBinaries(cluster)
  ensureCluster(cluster, binaries)
  const server = await reachServer(cluster, binaries, undefined)
  await ensureDatabase(cluster, server.port)
  const url = urlOf(cluster, server.port, DATABASE)
  if (options.role === 'guest') return { url, stop: async () => undefined }
  return await own({ cluster, binaries, port: server.port, url, log: options.log })
}

/** Where the running server of `folder` is, for `parley web` and `parley worker` beside a `parley start`. */
export async function findEmbeddedPostgres(folder: string): Promise<string | undefined> {
  if (!existsSync(join(folder, 'postgres'))) return undefined
  const cluster = clusterOf(folder)
  const server = findPostmaster(cluster)
  if (server === undefined || server.port === 0) return undefined
  return (await answers(cluster, server)) ? urlOf(cluster, server.port, DATABASE) : undefined
}

type Owned = {
  cluster: Cluster
  binaries: PostgresBinaries
  port: number
  url: string
  log: Log
}

/** Holds the owner's lock; when its session ends by itself, brings the server back on the same port. */
async function own(owned: Owned): Promise<EmbeddedPostgres> {
  let stopping = false
  let lock: Client | undefined
  let restoring: Promise<void> | undefined

  const onLost = (): void => {
    lock = undefined
    if (!stopping) restoring ??= restore().finally(() => (restoring = undefined))
  }
  const restore = async (): Promise<void> => {
    for (;;) {
      if (stopping) return
      try {
        await reachServer(owned.cluster, owned.binaries, owned.port)
        lock = await takeLock(owned.url, onLost)
        owned.log.warn({ port: owned.port }, 'the embedded PostgreSQL ended and was started again')
        return
      } catch (error) {
        owned.log.error({ err: error }, 'the embedded PostgreSQL does not start')
        await sleep(1_000)
      }
    }
  }

  lock = await takeLock(owned.url, onLost)
  return {
    url: owned.url,
    async stop() {
      if (stopping) return
      stopping = true
      await restoring
      lock?.removeAllListeners('end')
      await lock?.end().catch(() => undefined)
      await stopServer(owned.cluster)
    },
  }
}

/** @throws DataFolderInUseError */
async function takeLock(url: string, onLost: () => void): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'parley owner' })
  client.on('error', () => undefined)
  await client.connect()
  const deadline = performance.now() + LOCK_WAIT_MS
  // An owner killed a moment ago still holds its lock until the server notices.
  for (;;) {
    const { rows } = await client.query<{ got: boolean }>(
      'select pg_try_advisory_lock($1) as got',
      [OWNER_LOCK],
    )
    if (rows[0]?.got === true) break
    if (performance.now() > deadline) {
      await client.end()
      throw new DataFolderInUseError('another Parley uses this data folder')
    }
    await sleep(POLL_MS)
  }
  client.once('end', onLost)
  return client
}

/** Waits until the server answers, starting it as often as needed. */
async function reachServer(
  cluster: Cluster,
  binaries: PostgresBinaries,
  port: number | undefined,
): Promise<Postmaster> {
  const deadline = performance.now() + START_WAIT_MS
  let child: ChildProcess | undefined
  let failedStarts = 0
  while (performance.now() < deadline) {
    const server = findPostmaster(cluster)
    if (server !== undefined && server.port > 0 && (await answers(cluster, server))) return server
    if (server === undefined && (child === undefined || hasEnded(child))) {
      if (child !== undefined) failedStarts += 1
      if (failedStarts > FAILED_STARTS_MAX) break
      child = spawnPostmaster(cluster, binaries, port ?? (await freePort()))
      child.once('error', () => undefined)
    }
    await sleep(failedStarts > 0 ? POLL_MS * 4 : POLL_MS)
  }
  throw new Error(
    `The embedded PostgreSQL does not start. Its last words (${cluster.logFile}):\n${lastWords(cluster)}`,
  )
}

const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null

/** False while it starts or stops. @throws Error when it answers and refuses us. */
async function answers(cluster: Cluster, server: Postmaster): Promise<boolean> {
  const client = new Client({
    connectionString: urlOf(cluster, server.port, 'postgres'),
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const refusesUs = code === '28P01' || code === '28000'
    if (refusesUs) {
      throw new Error('The embedded PostgreSQL refuses the password kept beside it.', {
        cause: error,
      })
    }
    return false
  }
}

async function ensureDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = new Client({ connectionString: urlOf(cluster, port, 'postgres') })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [
      DATABASE,
    ])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } catch (error) {
    // Another process made it in between; the second code is what a tie gives.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== '42P04' && code !== '23505') throw error
  } finally {
    await client.end()
  }
}

/** A fast stop: sessions are ended, everything committed is on disk. After its time, the crash stop it recovers from. */
async function stopServer(cluster: Cluster): Promise<void> {
  const server = findPostmaster(cluster)
  if (server === undefined) return
  for (const [signal, waitMs] of [
    ['SIGINT', STOP_WAIT_MS],
    ['SIGQUIT', 2_000],
  ] as const) {
    if (isPostmasterOf(server.pid, cluster)) process.kill(server.pid, signal)
    const deadline = performance.now() + waitMs
    while (performance.now() < deadline) {
      if (!isPostmasterOf(server.pid, cluster)) return
      await sleep(POLL_MS)
    }
  }
}

function clusterOf(folder: string): Cluster {
  const real = realpathSync(folder)
  return {
    data: join(real, 'postgres'),
    logFile: join(real, 'postgres.log'),
    password: keepFile(join(real, 'postgres-password'), () =>
      randomBytes(24).toString('base64url'),
    ),
  }
}

function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`
}
