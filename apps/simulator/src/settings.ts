import { parseArgs } from 'node:util'
import { defaultFacebookApp, defaultInstagramApp } from '#simulator.ts'
import type { SimulatorOptions } from '#simulator.ts'

const PORT_DEFAULT = '3001'

/** Flags win over the environment; both may be empty. */
export function readSettings(
  env: Record<string, string | undefined>,
  argv: string[],
): SimulatorOptions {
  const text = { type: 'string' } as const
  const { values: flags } = parseArgs({
    args: argv,
    options: {
      port: text,
      host: text,
      callback: text,
      'verify-token': text,
      'instagram-app-id': text,
      'instagram-app-secret': text,
      'instagram-redirect': { ...text, multiple: true },
      'facebook-app-id': text,
      'facebook-app-secret': text,
      'facebook-redirect': { ...text, multiple: true },
      'facebook-config-id': text,
      deauthorize: text,
      'data-deletion': text,
    },
  })
  const callbackUrl = flags.callback ?? env['SIMULATOR_CALLBACK_URL']
  const verifyToken = flags['verify-token'] ?? env['INSTAGRAM_WEBHOOK_VERIFY_TOKEN'] ?? ''
  const host = flags.host ?? env['SIMULATOR_HOST']
  const loginConfigId = flags['facebook-config-id'] ?? env['FACEBOOK_LOGIN_CONFIG_ID']
  const deauthorizeUrl = flags.deauthorize ?? env['SIMULATOR_DEAUTHORIZE_URL']
  const dataDeletionUrl = flags['data-deletion'] ?? env['SIMULATOR_DATA_DELETION_URL']
  return {
    port: Number(flags.port ?? env['SIMULATOR_PORT'] ?? PORT_DEFAULT),
    ...(host !== undefined && { host }),
    ...(callbackUrl !== undefined && { webhook: { callbackUrl, verifyToken } }),
    ...(deauthorizeUrl !== undefined && { deauthorizeUrl }),
    ...(dataDeletionUrl !== undefined && { dataDeletionUrl }),
    instagramApp: {
      id: flags['instagram-app-id'] ?? env['INSTAGRAM_APP_ID'] ?? defaultInstagramApp.id,
      secret:
        flags['instagram-app-secret'] ??
        firstOf(env['INSTAGRAM_APP_SECRET']) ??
        defaultInstagramApp.secret,
      redirectUris: flags['instagram-redirect'] ?? defaultInstagramApp.redirectUris,
    },
    facebookApp: {
      id: flags['facebook-app-id'] ?? env['FACEBOOK_APP_ID'] ?? defaultFacebookApp.id,
      secret:
        flags['facebook-app-secret'] ??
        firstOf(env['FACEBOOK_APP_SECRET']) ??
        defaultFacebookApp.secret,
      redirectUris: flags['facebook-redirect'] ?? defaultFacebookApp.redirectUris,
      ...(loginConfigId !== undefined && { loginConfigId }),
    },
  }
}

/** While a product rotates its secret it lists several; the first is the one in use. */
const firstOf = (secrets: string | undefined) => secrets?.split(',')[0]?.trim()
