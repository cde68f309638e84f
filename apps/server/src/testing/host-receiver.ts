import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { testClock, testConfig, testPorts } from './test-ports.ts'
import type { TestPorts } from './test-ports.ts'

/** One POST, as the host's server got it. */
export type Received = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Tests say what they expect of it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any
}

export type HostReceiver = AsyncDisposable & {
  readonly target: string
  readonly url: string
  readonly received: Received[]
  /** How the next calls are answered: a status, or what is done with the socket. By path when given. */
  answer(status: number | 'hang' | 'cut', path?: string): void
  /** Answers the calls that hang. */
  answerHanging(status: number): void
  redirect(location: string): void
  /** What the official library makes of a call; throws when the signature is wrong. */
  verify(secret: string, call: Received): void
}

/** The host's own server, on this machine: a real one, over real HTTP. */
export async function hostReceiver(): Promise<HostReceiver> {
  const received: Received[] = []
  const answers = new Map<string, number | 'hang' | 'cut'>()
  const hanging: ServerResponse[] = []
  let location: string | undefined
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      const answer = answers.get(path) ?? answers.get('*') ?? 200
      const text = Buffer.concat(chunks).toString('utf8')
      received.push({ path, headers: request.headers, text, json: JSON.parse(text) })
      if (answer === 'cut') return void request.socket.destroy()
      if (answer === 'hang') return void hanging.push(response)
      response.writeHead(answer, location === undefined ? {} : { location })
      response.end('thank you')
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  // Listening on TCP, so it has an address with a port.
  const { port } = server.address() as AddressInfo
  const target = `127.0.0.1:${port}`
  return {
    target,
    url: `http://${target}/hook`,
    received,
    answer: (status, path = '*') => void answers.set(path, status),
    answerHanging(status) {
      for (const response of hanging.splice(0)) response.writeHead(status).end()
    },
    redirect(to) {
      location = to
    },
    verify(secret, call) {
      new Webhook(secret).verify(call.text, {
        'webhook-id': String(call.headers['webhook-id']),
        'webhook-timestamp': String(call.headers['webhook-timestamp']),
        'webhook-signature': String(call.headers['webhook-signature']),
      })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

/** Ports that may call the receiver. The clock stands at the real time: libraries compare a signature's with theirs. */
export async function portsFor(
  receiver: HostReceiver,
  options: Parameters<typeof testPorts>[0] = {},
): Promise<TestPorts> {
  const config = testConfig({ hostPrivateTargets: [receiver.target] })
  return await testPorts({ config, clock: testClock(Date.now()), ...options })
}

/** Nothing comes: given a little time to come in vain. */
export async function quietly(): Promise<void> {
  await sleep(250)
}
