import { hasDemoSecrets, isDemo, withDemoSettings } from './demo-environment.ts'
import type { ReadEnvironment } from './read-environment.ts'
import { ConfigError, readConfig } from '#config.ts'
import type { Config } from '#config.ts'
import { isLoopback } from '#settings.ts'

export type CommandFlags = { readonly testClock: boolean }

/**
 * The configuration of one command. Without an app id `parley start` makes a demo; the other commands join the one
 * that was made on this data folder, or refuse.
 *
 * @throws ConfigError
 */
export function readCommandConfig(
  read: ReadEnvironment,
  command: 'start' | 'beside',
  flags: CommandFlags = { testClock: false },
): Config {
  const { environment, problems } = read
  const demo = isDemo(environment) && (command === 'start' || hasDemoSecrets(environment))
  const config = readConfig(demo ? withDemoSettings(environment) : environment, demo, problems)
  if (!flags.testClock) return config
  const host = config.host ?? '127.0.0.1'
  if (!isLoopback(host)) {
    throw new ConfigError([
      { name: 'PARLEY_HOST', message: 'an address of this machine only, because of --test-clock' },
    ])
  }
  return { ...config, host }
}
