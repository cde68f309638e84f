import { createApp, createProbeApp } from '#app.ts'
import { openPorts } from './open-ports.ts'
import { serveHttp } from './serve-http.ts'
import type { Config } from '#config.ts'
import type { Clock } from '#ports/clock.ts'
import { systemClock } from '#ports/clock.ts'
import type { Log } from '#ports/log.ts'
import { createMetaHttp } from '#ports/meta-http.ts'
import { createMetaStream } from '#ports/meta-stream.ts'
import { offsetClock } from '#ports/offset-clock.ts'
import type { Ports } from '#ports/ports.ts'
import { watchProcess } from '#ports/process-figures.ts'
import { startWorker } from '#worker.ts'

/** Longer than Meta takes to answer, shorter than a stop may take. */
const META_WAIT_MS = 3_000

export type RunningServer = { readonly ports: Ports; stop(): Promise<void> }

/** Opens the ports and runs HTTP, loops, or both over them. What was opened is closed again when a later step fails. */
export async function runServer(options: {
  config: Config
  databaseUrl: string
  log: Log
  testClock: boolean
  parts: readonly ('web' | 'worker')[]
  /** Between the ports and the first request: seeds. */
  prepare?: (ports: Ports) => Promise<void>
}): Promise<RunningServer> {
  const { config, databaseUrl, log, parts } = options
  const clock: Clock = options.testClock ? offsetClock(config.dataDir) : systemClock
  await using opened = new AsyncDisposableStack()
  const stopping = new AbortController()
  const http = createMetaHttp(stopping.signal)
  const stream = createMetaStream(stopping.signal)
  const ports = opened.use(await openPorts({ config, databaseUrl, clock, log, http, stream }))
  opened.use(watchProcess(ports.metrics))
  await options.prepare?.(ports)

  const stops: (() => Promise<void>)[] = []
  opened.defer(async () => {
    // A Meta that hangs holds nobody up: what it was asked is unknown then, as if we had been killed.
    const patience = setTimeout(() => stopping.abort(), META_WAIT_MS)
    // Together: both have the same few seconds.
    await Promise.all(stops.map(async (stop) => await stop()))
    clearTimeout(patience)
  })
  if (parts.includes('worker')) {
    const worker = await startWorker(ports, { databaseUrl })
    stops.push(async () => await worker.stop())
  }
  if (parts.includes('web')) {
    const server = await serveHttp(createApp(ports).fetch, config)
    stops.push(async () => await server.stop())
  } else if (config.metricsPort !== undefined) {
    const { host, metricsPort: port } = config
    const server = await serveHttp(createProbeApp(ports).fetch, { host, port })
    stops.push(async () => await server.stop())
  }
  const running = opened.move()
  return { ports, stop: async () => await running.disposeAsync() }
}
