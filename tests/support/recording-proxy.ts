import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { freePort } from './spawn-parley.ts'

/** One call as it went by. */
type Exchange = {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly sent: string
  readonly got: string
}

export type RecordingProxy = AsyncDisposable & {
  readonly url: string
  readonly exchanges: readonly Exchange[]
}

/** Passes everything on to `target` and keeps what was said, both ways. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const exchanges: Exchange[] = []
  const server = createServer((incoming, response) => {
    const pass = async (): Promise<void> => {
      const { method = 'GET', url = '/', headers } = incoming
      const sent = await read(incoming)
      const onward = request(new URL(url, target), { method, headers })
      onward.on('error', () => response.destroy())
      const answered = once(onward, 'response')
      onward.end(sent)
      // What `response` carries.
      const [answer] = (await answered) as [IncomingMessage]
      const got = await read(answer)
      exchanges.push({ method, url, headers, sent: sent.toString(), got: got.toString() })
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(got)
    }
    pass().catch(() => response.destroy())
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
