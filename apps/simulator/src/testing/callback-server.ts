import { createServer } from 'node:http'

export type Received = { signature: string; body: string; atMs: number }

export type CallbackServer = AsyncDisposable & {
  url: string
  received: Received[]
  /** What the next POSTs answer; 200 when used up. `hang` never answers. */
  answers: (number | 'hang')[]
  /** Resolves once `count` POSTs have come in all. */
  waitFor(count: number): Promise<Received[]>
}

/** A product's webhook callback: shakes hands, keeps what comes, answers as told. */
export async function startCallbackServer(): Promise<CallbackServer> {
  const received: Received[] = []
  const answers: (number | 'hang')[] = []
  const waiting: (() => void)[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.method === 'GET') {
        const { searchParams } = new URL(request.url ?? '/', 'http://callback')
        response.end(searchParams.get('hub.challenge'))
        return
      }
      const signature = String(request.headers['x-hub-signature-256'])
      received.push({
        signature,
        body: Buffer.concat(chunks).toString('utf8'),
        atMs: performance.now(),
      })
      const answer = answers.shift() ?? 200
      if (answer !== 'hang') response.writeHead(answer).end('EVENT_RECEIVED')
      for (const wake of waiting) wake()
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/webhooks/instagram`,
    received,
    answers,
    waitFor: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length >= count) resolve(received)
        }
        waiting.push(look)
        look()
      }),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
