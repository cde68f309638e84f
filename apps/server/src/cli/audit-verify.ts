import { verifyAudit } from '#audit/verify-audit.ts'
import type { AuditVerdict } from '#audit/verify-audit.ts'
import { withDatabase } from './with-database.ts'
import type { Config } from '#config.ts'

/** Walks the audit chain and says what it found. @returns whether the log is whole. */
export async function runAuditVerify(
  config: Config,
  options: { json: boolean; expect: AuditVerdict['head'] | undefined },
  print: (text: string) => void,
): Promise<boolean> {
  const verdict = await withDatabase(config, async (db) => await verifyAudit(db, options.expect))
  print(options.json ? JSON.stringify(verdict) : sentenceOf(verdict))
  return verdict.ok
}

function sentenceOf({ head, waiting, fault }: AuditVerdict): string {
  if (fault === null) {
    const end = `${head.count}:${head.hash}`
    return `The audit log is whole: ${head.count} lines, and ${waiting} too young to be chained.\nIts end, to be kept elsewhere and given to --expect next time: ${end}`
  }
  const line = `Line ${fault.seq}`
  const named = fault.id === null ? '' : ` (id ${fault.id}, ${fault.action}, ${fault.at})`
  const whole = `${head.count} lines before it are whole.`
  switch (fault.kind) {
    case 'changed':
      return `${line}${named} was changed, or the line before it together with its hash. ${whole}`
    case 'deleted':
      return `${line} was deleted. ${whole}`
    case 'inserted':
      return `${line}${named} was inserted: it was never chained. ${whole}`
    case 'head':
      return `The kept end of the chain does not fit its last line, ${fault.seq}: one of them was changed.`
  }
}
