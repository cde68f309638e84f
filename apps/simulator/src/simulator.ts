import { serve } from '@hono/node-server'
import { createApp } from '#app.ts'
import { createChangeFeed } from '#box.ts'
import type { Box } from '#box.ts'
import { metaUrls } from '#meta-urls.ts'
import type { MetaUrls } from '#meta-urls.ts'
import { createClock } from '#ports/clock.ts'
import { createNetwork } from '#ports/network.ts'
import { createRandom } from '#ports/random.ts'
import { appFields } from '#webhooks/fields.ts'
import { shakeHands } from '#webhooks/handshake.ts'
import { forgetHeld } from '#webhooks/held-entries.ts'
import { WebhookOutbox } from '#webhooks/webhook-outbox.ts'
import { watchFailures } from '#webhooks/watch-failures.ts'
import { createWorld } from '#world/world.ts'
import type { AppKind, MetaApp, WebhookTarget } from '#world/world.ts'

export type SimulatorOptions = {
  /** Default `127.0.0.1`. */
  host?: string
  /** 0 or nothing = any free port. */
  port?: number
  instagramApp?: { id: string; secret: string; redirectUris: string[] }
  facebookApp?: { id: string; secret: string; redirectUris: string[]; loginConfigId?: string }
  /** One callback for both apps. The handshake is tried for some seconds, while the product still starts. */
  webhook?: WebhookTarget
  /** Where both apps post `signed_request`s; may also be set by the control API. */
  deauthorizeUrl?: string
  dataDeletionUrl?: string
  seed?: 'demo' | 'none'
  log?: (line: string) => void
}

export type Simulator = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`, where the phone is. */
  url: string
  urls: MetaUrls
  close(): Promise<void>
}

/** Made up, for whoever brings none. */
export const defaultInstagramApp = {
  id: '1780000000000011',
  secret: 'simulated-instagram-app-secret',
  redirectUris: [
    'http://localhost:3000/oauth/instagram/callback',
    'http://127.0.0.1:3000/oauth/instagram/callback',
  ],
}
export const defaultFacebookApp = {
  id: '1780000000000022',
  secret: 'simulated-facebook-app-secret',
  redirectUris: [
    'http://localhost:3000/oauth/facebook/callback',
    'http://127.0.0.1:3000/oauth/facebook/callback',
  ],
}

const HANDSHAKE_PATIENCE_MS = 5 * 60_000

/** Starts a stand-in Meta. Nothing outlives it: every start begins with the same seed. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, log = () => undefined } = options
  const box = createBox(options, log)
  const stop = new AbortController()
  const server = serve({ fetch: createApp(box).fetch, hostname: host, port })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', resolve)
  })
  const address = server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : port
  box.url = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${boundPort}`
  if (options.webhook) void setWebhook(box, options.webhook, stop.signal)

  const close = async () => {
    stop.abort()
    forgetHeld(box)
    await box.outbox[Symbol.asyncDispose]()
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
    if ('closeAllConnections' in server) server.closeAllConnections()
    await closed
  }
  return { url: box.url, urls: metaUrls(box.url), close, [Symbol.asyncDispose]: close }
}

function createBox(options: SimulatorOptions, log: (line: string) => void): Box {
  const clock = createClock()
  const network = createNetwork()
  const apps: Record<AppKind, MetaApp> = {
    instagram: describeApp('instagram', 'Parley', options.instagramApp ?? defaultInstagramApp),
    facebook: describeApp('facebook', 'Parley', options.facebookApp ?? defaultFacebookApp),
  }
  const seed = options.seed ?? 'demo'
  for (const app of Object.values(apps)) {
    app.deauthorizeUrl = options.deauthorizeUrl ?? null
    app.dataDeletionUrl = options.dataDeletionUrl ?? null
  }
  let box: Box | undefined
  const outbox = new WebhookOutbox({
    clock,
    network,
    onAttempt: (delivery) => box && watchFailures(box, delivery),
  })
  box = {
    clock,
    network,
    random: createRandom(),
    log,
    url: '',
    seed,
    world: createWorld(apps, seed, clock.now()),
    outbox,
    held: { parcels: [], timer: undefined },
    changes: createChangeFeed(),
  }
  return box
}

function describeApp(
  kind: AppKind,
  name: string,
  given: { id: string; secret: string; redirectUris: string[]; loginConfigId?: string },
): MetaApp {
  return {
    kind,
    name,
    id: given.id,
    secret: given.secret,
    redirectUris: given.redirectUris,
    loginConfigId: given.loginConfigId ?? null,
    fields: [...appFields],
    webhook: null,
    deauthorizeUrl: null,
    dataDeletionUrl: null,
  }
}

async function setWebhook(box: Box, target: WebhookTarget, signal: AbortSignal): Promise<void> {
  const shaken = await shakeHands(box, target, { patienceMs: HANDSHAKE_PATIENCE_MS, signal })
  if (signal.aborted) return
  if (!shaken.ok) {
    box.log(`webhook callback refused: ${shaken.reason}`)
    return
  }
  for (const app of Object.values(box.world.apps)) app.webhook = target
  box.log(`webhook callback accepted: ${target.callbackUrl}`)
  box.changes.tell()
}
