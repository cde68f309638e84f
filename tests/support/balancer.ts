import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { freePort } from './spawn-parley.ts'

export type Balancer = AsyncDisposable & {
  readonly url: string
  /** Requests each process got so far, in the order they were given. */
  readonly served: readonly number[]
  /** The addresses behind it, taken in turn. */
  spreadOver(urls: readonly string[]): void
}

/** What stands before several `parley web`: each request goes to the next one. */
export async function startBalancer(): Promise<Balancer> {
  let behind: readonly string[] = []
  const served: number[] = []
  let turn = 0
  const server = createServer((incoming, response) => {
    const index = turn++ % Math.max(1, behind.length)
    const target = behind[index]
    if (target === undefined) {
      response.writeHead(503).end()
      return
    }
    served[index] = (served[index] ?? 0) + 1
    const { method, headers, url = '/' } = incoming
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    incoming.pipe(onward)
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    served,
    spreadOver(urls) {
      behind = urls
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
