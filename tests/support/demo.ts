import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApiClient } from './api-client.ts'
import { eventually } from './eventually.ts'
import { SimulatorClient } from './simulator-client.ts'
import { freePort, spawnParley, workFolder } from './spawn-parley.ts'
import type { Parley } from './spawn-parley.ts'

/** `parley start` without an app id, in a folder of its own. */
export type Demo = AsyncDisposable & {
  readonly parley: Parley
  readonly folder: string
  /** The address people open: cookies and links are its. */
  readonly url: string
  readonly apiKey: string
  /** Calls with the key that has every scope. */
  readonly api: ApiClient
  readonly simulator: SimulatorClient
  /** The first start's one-time link. */
  welcomeLink(): Promise<string>
}

export async function startDemo(env: Readonly<Record<string, string>> = {}): Promise<Demo> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(workFolder()).path
  const port = String(await freePort())
  const simulatorPort = String(await freePort())
  const parley = stack.use(
    await spawnParley({
      folder,
      args: ['start'],
      env: { PORT: port, SIMULATOR_PORT: simulatorPort, ...env },
    }),
  )
  const simulator = new SimulatorClient(`http://127.0.0.1:${simulatorPort}`)
  await parley.ready()
  await simulator.ready()
  const url = `http://localhost:${port}`
  const apiKey = keyOf(folder)
  const owned = stack.move()
  return {
    parley,
    folder,
    url,
    apiKey,
    api: new ApiClient(url, apiKey),
    simulator,
    welcomeLink: async () =>
      await eventually(
        'the one-time link is printed',
        async () => /http:\/\/\S+\/welcome\/\S+/.exec(parley.printed())?.[0],
      ),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}

function keyOf(folder: string): string {
  const text = readFileSync(join(folder, '.parley/demo-secrets.json'), 'utf8')
  // Written by the demo.
  return (JSON.parse(text) as { PARLEY_API_KEY: string }).PARLEY_API_KEY
}
