import { findKeyTroubles } from '#keys/find-key-troubles.ts'
import type { Ports } from '#ports/ports.ts'
import { found, ok } from './findings.ts'
import type { Finding } from '@parley/contract/doctor.ts'

/** Do the keys open what they should, and is a change of keys left half way? */
export async function checkKeys(ports: Pick<Ports, 'db' | 'config'>): Promise<Finding[]> {
  const { broken, needed, unfinished } = await findKeyTroubles(ports)
  const findings: Finding[] = []
  for (const { owner, version } of broken) {
    const message = `Version ${version} of the data key of ${owner} does not open: its row was changed.`
    findings.push(found('problem', 'keys', message, 'Restore data_keys from a backup.'))
  }
  for (const { name, dataKeys } of needed) {
    const message = `The master key ${name} still wraps ${dataKeys} data keys; it cannot be dropped.`
    findings.push(found('warning', 'keys', message, 'parley keys rotate --master'))
  }
  for (const owner of unfinished) {
    const fix =
      owner === 'inbox' ? 'parley keys rotate --all' : `parley keys rotate --tenant ${owner}`
    const message = `The rotation of the data key of ${owner} was not brought to its end.`
    findings.push(found('warning', 'keys', message, fix))
  }
  return findings.length > 0
    ? findings
    : [ok('keys', 'Every data key opens, none is left half way.')]
}
