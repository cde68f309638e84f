import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'

/** Longer than the idle time of the load balancers in use, so that they close first and never meet a closing socket. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_MS = 15_000
const REQUEST_MS = 60_000
const HEADER_BYTES_MAX = 16 * 1024
const STOP_WAIT_MS = 4_000

export interface HttpServer {
  /** Accepts nothing new, lets what is under way finish, ends streams. */
  stop(): Promise<void>
}

/** @throws Error with `code` EADDRINUSE or EACCES. */
export async function serveHttp(
  fetch: Parameters<typeof getRequestListener>[0],
  options: { port: number; host: string | undefined },
): Promise<HttpServer> {
  const answer = getRequestListener(fetch, { overrideGlobalObjects: false })
  const open = new Set<ServerResponse>()
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      noDelay: true,
    },
    (request, response) => {
      open.add(response)
      response.once('close', () => open.delete(response))
      // Its promise settles when the answer is written; what fails on the way ends the socket.
      void answer(request, response)
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { stop: async () => await stop(server, open) }
}

async function stop(server: Server, open: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  for (const response of open) {
    // A stream has no end of its own; its reader comes back to the next process.
    if (String(response.getHeader('content-type')).startsWith('text/event-stream')) {
      response.destroy()
    } else if (!response.headersSent) {
      response.setHeader('Connection', 'close')
    }
  }
  const impatient = setTimeout(() => server.closeAllConnections(), STOP_WAIT_MS)
  await closed
  clearTimeout(impatient)
}
