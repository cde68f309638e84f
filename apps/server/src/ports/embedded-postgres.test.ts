import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { eventually } from '#testing/pipeline.ts'
import { findEmbeddedPostgres } from './embedded-postgres.ts'

const program = fileURLToPath(new URL('../testing/own-postgres.ts', import.meta.url))

type Owner = { child: ChildProcess; url: string; error: string | undefined }

/** A folder of its own, and whatever runs in it ended at the end. */
function testFolder(): AsyncDisposable & { path: string; own(): Promise<Owner> } {
  const path = mkdtempSync(join(tmpdir(), 'parley-embedded-'))
  const children: ChildProcess[] = []
  return {
    path,
    async own() {
      const child = spawn(process.execPath, [program, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.push(child)
      const [line] = await once(createInterface(child.stdout), 'line')
      // Written by the program above.
      const said = JSON.parse(String(line)) as { url?: string; error?: string }
      return { child, url: said.url ?? '', error: said.error }
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL')
      const pid = postmasterPid(path)
      if (pid !== undefined && isPostgres(pid)) {
        process.kill(pid, 'SIGQUIT')
        await eventually('the server ends', () => !isPostgres(pid))
      }
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

function postmasterPid(path: string): number | undefined {
  try {
    const [line] = readFileSync(join(path, 'postgres/postmaster.pid'), 'utf8').split('\n')
    return Number(line)
  } catch {
    // Stopped, or never started.
    return undefined
  }
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
  } catch {
    // Gone.
    return false
  }
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function end(owner: Owner, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const ended = once(owner.child, 'exit')
  owner.child.kill(signal)
  await ended
}

describe('the embedded PostgreSQL', () => {
  test('listens on this machine only, keeps its password to itself, and stops with its owner', async () => {
    await using folder = testFolder()
    const owner = await folder.own()
    const rows = await query(owner.url, 'show listen_addresses')
    assert.deepEqual(rows, [{ listen_addresses: '127.0.0.1' }])
    assert.equal(statSync(join(folder.path, 'postgres-password')).mode & 0o777, 0o600)
    const pid = postmasterPid(folder.path)
    assert.ok(pid !== undefined && isPostgres(pid))
    await end(owner, 'SIGTERM')
    assert.equal(isPostgres(pid), false)
  })

  test('outlives an owner killed by -9, is joined by the next one and stopped at its exit', async () => {
    await using folder = testFolder()
    const first = await folder.own()
    await query(first.url, 'create table kept (n int); insert into kept values (7)')
    const pid = postmasterPid(folder.path)
    await end(first, 'SIGKILL')
    assert.ok(pid !== undefined && isPostgres(pid), 'an orphan runs')

    const second = await folder.own()
    assert.equal(second.url, first.url)
    assert.deepEqual(await query(second.url, 'select n from kept'), [{ n: 7 }])
    await end(second, 'SIGTERM')
    assert.equal(isPostgres(pid), false)
  })

  test('refuses a second owner while the first lives, who is not disturbed', async () => {
    await using folder = testFolder()
    const first = await folder.own()
    const second = await folder.own()
    assert.equal(second.error, 'DataFolderInUseError')
    assert.deepEqual(await query(first.url, 'select 1 as one'), [{ one: 1 }])
    assert.equal(await findEmbeddedPostgres(folder.path), first.url)
  })

  test('of two owners started at once on a new folder one gets it', async () => {
    await using folder = testFolder()
    const [one, other] = await Promise.all([folder.own(), folder.own()])
    const errors = [one.error, other.error].filter((error) => error !== undefined)
    assert.deepEqual(errors, ['DataFolderInUseError'])
  })

  test('starts after its server was killed by -9, with what was committed', async () => {
    await using folder = testFolder()
    const first = await folder.own()
    await query(first.url, 'create table kept (n int); insert into kept values (7)')
    const pid = postmasterPid(folder.path)
    await end(first, 'SIGKILL')
    assert.ok(pid !== undefined)
    process.kill(pid, 'SIGKILL')
    const second = await folder.own()
    assert.deepEqual(await query(second.url, 'select n from kept'), [{ n: 7 }])
  })

  test('is started again on the same port when it is killed under a living owner', async () => {
    await using folder = testFolder()
    const owner = await folder.own()
    await query(owner.url, 'create table kept (n int); insert into kept values (7)')
    const pid = postmasterPid(folder.path)
    assert.ok(pid !== undefined)
    process.kill(pid, 'SIGKILL')
    await eventually('the server is back', async () => {
      const rows = await query(owner.url, 'select n from kept').catch(() => [])
      return rows.length === 1
    })
  })

  test('starts over a pid file whose pid now belongs to another program', async () => {
    await using folder = testFolder()
    const first = await folder.own()
    const pidFile = join(folder.path, 'postgres/postmaster.pid')
    const lines = readFileSync(pidFile, 'utf8').split('\n')
    await end(first, 'SIGTERM')
    // This very test is a live program of the same user, and no PostgreSQL.
    writeFileSync(pidFile, [String(process.pid), ...lines.slice(1)].join('\n'))
    const second = await folder.own()
    assert.equal(second.error, undefined)
    assert.deepEqual(await query(second.url, 'select 1 as one'), [{ one: 1 }])
  })

  test('starts after a first start that was killed half-way', async () => {
    await using folder = testFolder()
    const gone = join(folder.path, 'postgres.new-999999999')
    mkdirSync(gone)
    writeFileSync(join(gone, 'PG_VERSION'), '18')
    const owner = await folder.own()
    assert.equal(owner.error, undefined)
    assert.throws(() => statSync(gone))
  })
})
