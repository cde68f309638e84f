import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { AppError } from '@parley/contract/app-error.ts'
import { readIncoming } from './read-incoming.ts'

const MIB = Buffer.alloc(1024 * 1024)

/** A request whose body comes as the test writes it. */
function request(): PassThrough & IncomingMessage {
  const stream = new PassThrough({ highWaterMark: 8 * MIB.length })
  return Object.assign(stream, { headers: {}, complete: true }) as PassThrough & IncomingMessage
}

const refusedAs = (code: string) => (error: unknown) =>
  error instanceof AppError && error.code === code

test('bodies nobody has proved yet take 64 MiB together, whoever sends them', async () => {
  const slow = Array.from({ length: 32 }, () => request())
  const reading = slow.map(async (one) => await readIncoming(one))
  for (const one of slow) {
    one.write(MIB)
    one.write(MIB)
  }
  await turn()
  const more = request()
  const refused = assert.rejects(readIncoming(more), refusedAs('http/unavailable'))
  more.write(Buffer.from('x'))
  await refused

  for (const one of slow) one.end()
  assert.equal(
    (await Promise.all(reading)).every((body) => body.length === 2 * MIB.length),
    true,
  )
  // What was read is handed on, and no longer counted.
  const next = request()
  const read = readIncoming(next)
  next.end(MIB)
  assert.equal((await read).length, MIB.length)
})

test('a body longer than any of Meta’s is refused before its end', async () => {
  const long = request()
  const refused = assert.rejects(readIncoming(long), refusedAs('http/too-large'))
  for (let n = 0; n < 4; n += 1) long.write(MIB)
  await refused
})
