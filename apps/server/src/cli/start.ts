import { createSignInLink } from '#access/create-sign-in-link.ts'
import { hasOperators } from '#access/has-operators.ts'
import { reachDatabase } from './reach-database.ts'
import { runServer } from './run-server.ts'
import { seedDemo } from './seed-demo.ts'
import type { Config } from '#config.ts'
import { isPassingFailure } from '#ports/database-failure.ts'
import { openLog } from '#ports/log.ts'
import { migrate } from '#ports/migrations.ts'
import type { Ports } from '#ports/ports.ts'

/** Runs until it is stopped. */
export type Running = { stop(): Promise<void> }

/** Everything in one process: database, tables, HTTP, loops, and in the demo the simulator. */
export async function start(
  config: Config,
  options: { testClock: boolean; print: (text: string) => void },
): Promise<Running> {
  const log = openLog(config.logLevel)
  await using opened = new AsyncDisposableStack()
  const database = await reachDatabase(config, 'owner', log)
  opened.defer(async () => await database.stop())
  await migrate(database.url, config.encryptionKeys)

  const phoneUrl = config.demo ? await startBox(config, opened) : undefined
  const server = await runServer({
    config,
    databaseUrl: database.url,
    log,
    testClock: options.testClock,
    parts: ['web', 'worker'],
    ...(config.demo ? { prepare: seedDemo } : {}),
  })
  opened.defer(async () => await server.stop())
  options.print(await greeting(server.ports, phoneUrl))
  const running = opened.move()
  return { stop: async () => await running.disposeAsync() }
}

/** Instagram in a box, with the demo's two apps. @returns the address of its phone. */
async function startBox(config: Config, opened: AsyncDisposableStack): Promise<string> {
  const app = (pair: Config['instagramApp'], path: string) =>
    pair && {
      id: pair.id,
      secret: pair.secrets[0].reveal(),
      redirectUris: [`${config.url}${path}`],
    }
  const instagramApp = app(config.instagramApp, '/oauth/instagram/callback')
  const facebookApp = app(config.facebookApp, '/oauth/facebook/callback')
  const { startSimulator } = await import('@parley/simulator/simulator.ts')
  const simulator = await startSimulator({
    host: '127.0.0.1',
    port: config.simulatorPort,
    ...(instagramApp && { instagramApp }),
    ...(facebookApp && { facebookApp }),
    webhook: {
      callbackUrl: `${config.url}/webhooks/instagram`,
      verifyToken: config.webhookVerifyToken.reveal(),
    },
    deauthorizeUrl: `${config.url}/webhooks/meta/deauthorize`,
    dataDeletionUrl: `${config.url}/webhooks/meta/data-deletion`,
    seed: 'demo',
  })
  opened.defer(async () => await simulator.close())
  return simulator.url
}

async function greeting(ports: Ports, phoneUrl: string | undefined): Promise<string> {
  const { config } = ports
  const lines =
    phoneUrl === undefined
      ? ['Parley is running.']
      : ['Parley is running: the demo. Instagram is simulated, nothing leaves this machine.']
  lines.push('', `  Dashboard   ${config.url}/`)
  if (phoneUrl !== undefined) lines.push(`  Phone       ${phoneUrl}/`)
  lines.push(`  API docs    ${config.url}/docs`)
  lines.push(...(await ownerLink(ports)))
  return `\n${lines.join('\n')}\n`
}

/** For the first operator. A database that goes away in this moment ends no server that runs already. */
async function ownerLink(ports: Ports): Promise<string[]> {
  try {
    if (await hasOperators(ports)) return []
    const link = await createSignInLink(ports, { role: 'owner', tenantId: null })
    return ['', '  Open this link once; it makes you the owner:', `  ${link}`]
  } catch (error) {
    if (!isPassingFailure(error)) throw error
    ports.log.warn({ err: error }, 'the database is away; no sign-in link could be made')
    return ['', '  For a link that signs you in: npm run parley operators link']
  }
}
