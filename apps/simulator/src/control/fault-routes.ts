import { Hono } from 'hono'
import type { Box } from '#box.ts'
import { faultSchema } from '#world/faults.ts'
import { defaultSwitches } from '#world/switches.ts'
import { clockBody, switchesBody } from './bodies.ts'
import { readBody } from './read-body.ts'

/** Switches, faults and the clock. */
export function faultRoutes(box: Box): Hono {
  const routes = new Hono()
  routes.get('/switches', (c) => c.json(box.world.switches))
  routes.post('/switches', async (c) => {
    Object.assign(box.world.switches, await readBody(c, switchesBody))
    box.changes.tell()
    return c.json(box.world.switches)
  })
  routes.delete('/switches', (c) => {
    box.world.switches = defaultSwitches()
    box.changes.tell()
    return c.json(box.world.switches)
  })

  routes.get('/faults', (c) => c.json({ faults: box.world.faults }))
  routes.post('/faults', async (c) => {
    const fault = { ...(await readBody(c, faultSchema)), id: `f${box.random.digits(8)}` }
    box.world.faults.push(fault)
    box.changes.tell()
    return c.json(fault)
  })
  routes.delete('/faults', (c) => {
    box.world.faults = []
    box.changes.tell()
    return c.json({ success: true })
  })
  routes.delete('/faults/:id', (c) => {
    box.world.faults = box.world.faults.filter(({ id }) => id !== c.req.param('id'))
    box.changes.tell()
    return c.json({ success: true })
  })

  routes.get('/clock', (c) => c.json({ nowMs: box.clock.now() }))
  routes.post('/clock', async (c) => {
    const move = await readBody(c, clockBody)
    if ('advanceMs' in move) box.clock.advance(move.advanceMs)
    else if ('nowMs' in move) box.clock.moveTo(move.nowMs)
    else box.clock.reset()
    box.changes.tell()
    return c.json({ nowMs: box.clock.now() })
  })
  return routes
}
