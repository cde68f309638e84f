import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody } from '#stand-in/answer.ts'
import type { Call } from '#stand-in/answer.ts'
import { handleControl } from '#stand-in/control.ts'
import { Echoes } from '#stand-in/echoes.ts'
import { Faults } from '#stand-in/faults.ts'
import { Graph } from '#stand-in/graph.ts'
import { Login } from '#stand-in/login.ts'
import { ThreadBook } from '#stand-in/thread-book.ts'

export type StandIn = AsyncDisposable & { readonly url: string }

/**
 * A second Meta, beside the simulator and sharing nothing with it: fast enough to measure against, and able to fail by
 * a seeded plan. Meta's hosts are the first part of the path: `<url>/graph.instagram.com/v25.0/me`.
 */
export async function startStandIn(port: number): Promise<StandIn> {
  const parts = {
    book: new ThreadBook(),
    faults: new Faults(),
    echoes: new Echoes(),
    login: new Login(),
  }
  const graph = new Graph(parts)
  const route = (host: string, call: Call): void => {
    switch (host) {
      case 'graph.instagram.com': {
        const { latencyMs } = parts.faults
        if (latencyMs > 0) setTimeout(() => graph.handle(call), latencyMs)
        else graph.handle(call)
        break
      }
      case 'www.instagram.com': {
        parts.login.authorize(call)
        break
      }
      case 'api.instagram.com': {
        parts.login.exchangeCode(call)
        break
      }
      case 'control': {
        handleControl(call, parts)
        break
      }
      case 'returned': {
        call.response.writeHead(200, { 'content-type': 'text/plain' }).end('back at the product')
        break
      }
      default: {
        call.response.writeHead(404).end()
      }
    }
  }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '/'
    const mark = url.indexOf('?')
    const [, host = '', ...path] = (mark < 0 ? url : url.slice(0, mark)).split('/')
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
    const body = await readBody(request)
    route(host, {
      request,
      response,
      method: request.method ?? '',
      path: path.map(decodeURIComponent),
      query,
      body,
    })
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy())
  })
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  // A TCP server's address is never a string.
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      parts.echoes.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
