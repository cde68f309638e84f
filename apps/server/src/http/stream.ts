import type { StreamEvent } from '@parley/contract/stream.ts'
import { AppError } from '@parley/contract/app-error.ts'
import { Hono } from 'hono'
import type { AppEnv } from '#http/app-env.ts'
import { maySee, requireCaller } from '#http/caller.ts'
import type { Caller } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import type { Happening } from '#ports/signals.ts'

/** Watchers of one process, and of one caller. */
const WATCHERS_MAX = 1_000
const WATCHERS_PER_CALLER_MAX = 20
/** Proxies close what is silent for longer. */
const HEARTBEAT_MS = 15_000
/** Then the watcher comes back by itself and shows its credentials again. */
const LIFE_MS = 15 * 60_000
/** A watcher this far behind is let go; it reads everything anew when it returns. */
const UNREAD_MAX = 1_000

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // Proxies such as nginx hold answers back unless told not to.
  'X-Accel-Buffering': 'no',
}

const encoder = new TextEncoder()

/** `GET /v1/stream`: what happened, as server-sent events. Ids and kinds; who wants more asks the API. */
export function streamRoutes(ports: Pick<Ports, 'signals'>): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  const perCaller = new Map<string, number>()
  let watchers = 0

  app.get('/v1/stream', (c) => {
    const caller = requireCaller(c, { scope: 'messages:read' })
    // Nobody would ever read, or leave, the stream behind a HEAD.
    if (c.req.method === 'HEAD') return c.body(null, 200, STREAM_HEADERS)
    const own = perCaller.get(caller.actor) ?? 0
    if (watchers >= WATCHERS_MAX || own >= WATCHERS_PER_CALLER_MAX) {
      throw new AppError('http/rate-limited', { retryAfterSeconds: 30 })
    }
    watchers += 1
    perCaller.set(caller.actor, own + 1)
    const leave = (): void => {
      watchers -= 1
      const left = (perCaller.get(caller.actor) ?? 1) - 1
      if (left > 0) perCaller.set(caller.actor, left)
      else perCaller.delete(caller.actor)
    }
    return c.body(watch(ports.signals, caller, leave), 200, STREAM_HEADERS)
  })

  return app
}

/** Ends by itself after `LIFE_MS`, when the reader goes, or when it is too slow. Calls `leave` once. */
function watch(
  signals: Pick<Ports['signals'], 'onHappening'>,
  caller: Caller,
  leave: () => void,
): ReadableStream<Uint8Array> {
  let stop = (): void => undefined
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (text: string): void => {
          if ((controller.desiredSize ?? 0) < -UNREAD_MAX) end()
          else controller.enqueue(encoder.encode(text))
        }
        const unwatch = signals.onHappening((happening) => {
          if (concerns(caller, happening)) send(`data: ${JSON.stringify(eventOf(happening))}\n\n`)
        })
        const heartbeat = setInterval(() => send(': still here\n\n'), HEARTBEAT_MS)
        const life = setTimeout(() => end(), LIFE_MS)
        heartbeat.unref()
        life.unref()
        let left = false
        stop = () => {
          if (left) return
          left = true
          unwatch()
          clearInterval(heartbeat)
          clearTimeout(life)
          leave()
        }
        const end = (): void => {
          stop()
          controller.close()
        }
        send('retry: 2000\n: open\n\n')
      },
      cancel: () => stop(),
    },
    { highWaterMark: 16 },
  )
}

/** What belongs to nobody yet is seen by those who see everything. */
function concerns(caller: Caller, { tenantId }: Happening): boolean {
  if (tenantId !== null) return maySee(caller, tenantId)
  return caller.kind === 'operator' ? caller.tenants === 'all' : caller.tenantId === null
}

function eventOf({ kind, id, connectionId }: Happening): StreamEvent {
  return { kind, id, connectionId }
}
