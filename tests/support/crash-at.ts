/**
 * Loaded into a server by `node --import`: kills that process, as `kill -9` would, the nth time it reaches a point. The
 * server knows nothing of it. `PARLEY_TEST_CRASH` says where: JSON of a CrashPoint and `nth`, from 1.
 */
import { subscribe } from 'node:diagnostics_channel'
import { Client } from 'pg'
import type { CrashPoint } from '#support/crash-points.ts'

const { nth, ...at } = JSON.parse(process.env['PARLEY_TEST_CRASH'] ?? '') as CrashPoint & {
  readonly nth: number
}
let reached = 0

function reach(): void {
  reached += 1
  if (reached === nth) process.kill(process.pid, 'SIGKILL')
}

/** Statements: `before` PostgreSQL hears of it, `after` it has answered, so that one outside a transaction is committed. */
function watchStatements(moment: 'before' | 'after', statement: string): void {
  type Query = (this: Client, ...args: unknown[]) => unknown
  const prototype = Client.prototype as unknown as { query: Query }
  const { query } = prototype
  const pattern = new RegExp(statement, 's')
  prototype.query = function watched(...args) {
    const [first] = args
    const text = typeof first === 'string' ? first : (first as { text?: string }).text
    if (text === undefined || !pattern.test(text)) return query.apply(this, args)
    if (moment === 'before') {
      reach()
      return query.apply(this, args)
    }
    const last = args.at(-1)
    if (typeof last === 'function') {
      const heard = (...results: unknown[]): void => {
        reach()
        last(...results)
      }
      return query.apply(this, [...args.slice(0, -1), heard])
    }
    return (query.apply(this, args) as Promise<unknown>).finally(reach)
  }
}

/** Messages to Meta: `created` before the call, `bodySent` with the call on its way, `headers` with its answer there. */
function watchSends(moment: 'created' | 'bodySent' | 'headers'): void {
  const channel = moment === 'created' ? 'undici:request:create' : `undici:request:${moment}`
  subscribe(channel, (message) => {
    const { request } = message as { request: { method: string; path: string } }
    if (request.method === 'POST' && request.path.endsWith('/messages')) reach()
  })
}

if ('statement' in at) watchStatements(at.moment, at.statement)
else watchSends(at.send)
