import type { ImportInvite, ImportOutcome } from '@parley/contract/import.ts'

/** One row for a person: where, what, whose, and what to do next. */
export function sayOutcome(outcome: ImportOutcome): string {
  const { line, status, tenantId, connectionId, code } = outcome
  const place = [String(line).padStart(6), status.padEnd(9), tenantId ?? '-']
  if (connectionId !== null) place.push(connectionId)
  if (code !== null) place.push(`${code}: ${outcome.title}`)
  const lines = [place.join('  ')]
  for (const { path, message } of outcome.fields) lines.push(`${path}: ${message}`)
  if (outcome.detail !== null) lines.push(outcome.detail)
  if (outcome.hint !== null) lines.push(`→ ${outcome.hint}`)
  if (outcome.invite !== null) lines.push(sayInvite(outcome.invite))
  return lines.join(`\n${' '.repeat(8)}`)
}

function sayInvite({ state, url, sessionId, expiresAt }: ImportInvite): string {
  switch (state) {
    case 'made':
      return `Send on: ${url} (open until ${expiresAt})`
    case 'open':
      return `A link was made before, open until ${expiresAt}. For a new one take it back first: DELETE /v1/connect-sessions/${sessionId}`
    case 'used':
      return 'The link that was made before has been used.'
  }
}

export function saySummary(
  count: Readonly<Record<ImportOutcome['status'], number>>,
  flags: { readonly dryRun: boolean },
): string {
  const { kept, exchanged, unchanged, ready, refused } = count
  return flags.dryRun
    ? `\n${ready} could be imported, ${unchanged} unchanged, ${refused} refused. Nothing was written.`
    : `\n${kept} kept, ${exchanged} exchanged, ${unchanged} unchanged, ${refused} refused.`
}
