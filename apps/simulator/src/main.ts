import { defaultFacebookApp, defaultInstagramApp, startSimulator } from '#simulator.ts'
import type { SimulatorOptions } from '#simulator.ts'
import { readSettings } from '#settings.ts'

const options: SimulatorOptions = {
  ...readSettings(process.env, process.argv.slice(2)),
  log: print,
}
const simulator = await startSimulator(options)
const instagram = options.instagramApp ?? defaultInstagramApp
const facebook = options.facebookApp ?? defaultFacebookApp

print(`
Instagram in a box

  Phone   ${simulator.url}

Paste into the settings of your product:

${Object.entries(simulator.urls)
  .map(([name, url]) => `  ${name}=${url}`)
  .join('\n')}
  INSTAGRAM_APP_ID=${instagram.id}
  INSTAGRAM_APP_SECRET=${instagram.secret}
  FACEBOOK_APP_ID=${facebook.id}
  FACEBOOK_APP_SECRET=${facebook.secret}

Redirect addresses it accepts:

${[...instagram.redirectUris, ...facebook.redirectUris].map((uri) => `  ${uri}`).join('\n')}

${options.webhook ? `Webhooks go to ${options.webhook.callbackUrl}` : 'No webhook callback yet: start with --callback <url> --verify-token <text>'}
`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator.close())
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
