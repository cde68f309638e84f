import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { z } from 'zod'
import type { Environment } from '#config.ts'
import { keepFile } from '#ports/kept-file.ts'

const FILE = 'demo-secrets.json'
const SIMULATOR_PORT = '3001'
const MadeUp = z.record(z.string(), z.string())

/** Neither app id is set: `parley start` is the demo then. */
export function isDemo(environment: Environment): boolean {
  return !environment['INSTAGRAM_APP_ID']?.trim() && !environment['FACEBOOK_APP_ID']?.trim()
}

/**
 * Adds what the demo makes up, and points to the simulator. The secrets are made once and kept, so that a restart
 * opens what was sealed before. What is set wins, but for Meta's hosts: the demo promises that nothing leaves this
 * machine, and made-up apps have nothing to say to any other Meta. To meet another simulator, set an app id.
 */
export function withDemoSettings(environment: Environment): Environment {
  const folder = dataDirOf(environment)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const text = keepFile(join(folder, FILE), () => `${JSON.stringify(makeUp(), null, 2)}\n`)
  const given = Object.entries(environment).filter(([, value]) => value?.trim())
  const port = environment['SIMULATOR_PORT']?.trim() ?? SIMULATOR_PORT
  return {
    ...MadeUp.parse(JSON.parse(text)),
    // Its lines would hide the links; warnings still show.
    PARLEY_LOG_LEVEL: 'warn',
    ...Object.fromEntries(given),
    ...metaUrls(`http://127.0.0.1:${port}`),
  }
}

/** Has a demo run on this data folder? Then its secrets serve the commands beside it, too. */
export function hasDemoSecrets(environment: Environment): boolean {
  return existsSync(join(dataDirOf(environment), FILE))
}

function dataDirOf(environment: Environment): string {
  return environment['PARLEY_DATA_DIR']?.trim() || '.parley'
}

function makeUp(): Record<string, string> {
  const random = (bytes: number): string => randomBytes(bytes).toString('base64url')
  return {
    PARLEY_SECRET: random(32),
    PARLEY_ENCRYPTION_KEYS: `demo:${randomBytes(32).toString('base64')}`,
    PARLEY_API_KEY: `demo_${random(24)}`,
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: random(16),
    // As long as Meta's own app ids.
    INSTAGRAM_APP_ID: '1780000000000011',
    INSTAGRAM_APP_SECRET: randomBytes(16).toString('hex'),
    FACEBOOK_APP_ID: '1780000000000022',
    FACEBOOK_APP_SECRET: randomBytes(16).toString('hex'),
  }
}
