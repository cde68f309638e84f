import { startSimulator } from '@parley/simulator/simulator.ts'
import { readSettings } from '@parley/simulator/settings.ts'
import type { Running } from './start.ts'
import type { Environment } from '#config.ts'

const URL_DEFAULT = 'http://localhost:3000'

/** Instagram in a box alone, for a Parley in another process or on another machine. */
export async function runSimulator(
  environment: Environment,
  print: (text: string) => void,
): Promise<Running> {
  const url = (environment['PARLEY_URL'] ?? URL_DEFAULT).replace(/\/+$/, '')
  const options = readSettings(
    { SIMULATOR_CALLBACK_URL: `${url}/webhooks/instagram`, ...environment },
    ['--instagram-redirect', `${url}/oauth/instagram/callback`].concat([
      '--facebook-redirect',
      `${url}/oauth/facebook/callback`,
    ]),
  )
  const simulator = await startSimulator({ ...options, log: print })
  const names = Object.entries(simulator.urls).map(([name, value]) => `  ${name}=${value}`)
  print(
    [
      `\nInstagram in a box is running.\n\n  Phone   ${simulator.url}/`,
      'Give these to Parley, with the app ids and secrets the simulator was started with:',
      names.join('\n'),
      '',
    ].join('\n\n'),
  )
  return { stop: async () => await simulator.close() }
}
