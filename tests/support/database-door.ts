import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { freePort } from './spawn-parley.ts'

export type DatabaseDoor = AsyncDisposable & {
  /** The database's address through the door. */
  readonly url: string
  /** Cuts every session and refuses new ones: the server is gone. */
  shut(): void
  /** Takes everything and passes nothing on: the server is there and says no word. */
  freeze(): void
  open(): void
}

/** A door in front of a database, to be shut, frozen and opened. */
export async function openDatabaseDoor(url: string): Promise<DatabaseDoor> {
  const behind = new URL(url)
  const sockets = new Set<Socket>()
  let state: 'open' | 'shut' | 'frozen' = 'open'
  const server = createServer((client) => {
    if (state === 'shut') {
      client.destroy()
      return
    }
    const target = connect(Number(behind.port), behind.hostname)
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        target.destroy()
      })
    }
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        if (state === 'open') to.write(chunk)
      })
    }
    pass(client, target)
    pass(target, client)
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const front = new URL(url)
  front.port = String(port)
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: front.href,
    shut() {
      state = 'shut'
      cut()
    },
    freeze() {
      state = 'frozen'
    },
    open() {
      // What was swallowed meanwhile would leave a session waiting for ever: those end, as after a failover.
      if (state === 'frozen') cut()
      state = 'open'
    },
    async [Symbol.asyncDispose]() {
      state = 'shut'
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
