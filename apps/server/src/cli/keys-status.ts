import { keyStatus } from '#keys/key-status.ts'
import type { KeyStatus } from '#keys/key-status.ts'
import { withPorts } from './with-ports.ts'
import type { Config } from '#config.ts'

export async function runKeysStatus(
  config: Config,
  options: { tenant?: string; json: boolean },
  print: (text: string) => void,
): Promise<void> {
  const only = options.tenant === undefined ? undefined : [`tenant:${options.tenant}`]
  const status = await withPorts(config, async (ports) => await keyStatus(ports, only))
  print(options.json ? JSON.stringify(status) : pageOf(status))
}

function pageOf({ masterKeys, owners }: KeyStatus): string {
  const lines = ['Master keys']
  for (const { name, wraps, dataKeys } of masterKeys) {
    const unused = dataKeys === 0 ? ', not needed' : ''
    lines.push(`  ${name}: wraps ${dataKeys} data keys${wraps ? ', and new ones' : unused}`)
  }
  lines.push('', 'Data keys')
  for (const { owner, versions, unreadable, rotation } of owners) {
    for (const { version, active, masterKey, rows } of versions) {
      const soon = active ? '' : ', not written with yet'
      lines.push(`  ${owner} version ${version}: ${rows} rows, under ${masterKey}${soon}`)
    }
    if (unreadable > 0) lines.push(`  ${owner}: ${unreadable} values of no known version`)
    if (rotation !== null) {
      lines.push(
        `  ${owner}: a rotation to version ${rotation.version} is not finished; \`parley keys rotate\` goes on`,
      )
    }
  }
  return lines.join('\n')
}
