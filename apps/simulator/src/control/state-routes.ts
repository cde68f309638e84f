import { Hono } from 'hono'
import { lastOf } from './last-of.ts'
import type { Box } from '#box.ts'
import { resetBox } from '#world/reset-box.ts'
import { readState } from './read-state.ts'
import { readThread, readThreads } from './read-thread.ts'

export function stateRoutes(box: Box): Hono {
  const routes = new Hono()
  routes.get('/state', (c) => c.json(readState(box)))
  routes.post('/reset', (c) => {
    resetBox(box)
    return c.json({ success: true })
  })
  routes.get('/threads', (c) => c.json({ threads: readThreads(box) }))
  routes.get('/threads/:account/:person', (c) => {
    const { account, person } = c.req.param()
    return c.json(readThread(box, account, person))
  })
  routes.get('/calls', (c) => c.json({ calls: lastOf(c, box.world.calls) }))
  routes.delete('/calls', (c) => {
    box.world.calls.length = 0
    return c.json({ success: true })
  })
  return routes
}
