import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Box } from '#box.ts'

const HEARTBEAT_MS = 15_000
/** Many changes in one breath wake the phone once. */
const SETTLE_MS = 30

/** `GET /simulator/events`: says that something changed; what, the phone reads itself. */
export function eventStreamRoutes(box: Box): Hono {
  const routes = new Hono()
  routes.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      let wake = Promise.withResolvers<void>()
      const unlisten = box.changes.listen(() => wake.resolve())
      stream.onAbort(() => {
        unlisten()
        wake.resolve()
      })
      await stream.writeSSE({ event: 'ready', data: '' })
      while (!stream.aborted && !stream.closed) {
        const heartbeat = setTimeout(() => wake.resolve(), HEARTBEAT_MS)
        await wake.promise
        clearTimeout(heartbeat)
        await stream.sleep(SETTLE_MS)
        wake = Promise.withResolvers<void>()
        await stream.writeSSE({ event: 'change', data: '' })
      }
    }),
  )
  return routes
}
