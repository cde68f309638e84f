// For `node --test`: one line per file, every failure in full, and the counts as one line of JSON for the caller.
import { relative } from 'node:path'

export default async function* report(events) {
  const files = new Map()
  const counts = { passed: 0, failed: 0, skipped: 0, notRun: [] }
  for await (const { type, data } of events) {
    if (type === 'test:pass' || type === 'test:fail') {
      if (data.details?.type === 'suite') continue
      const isSkipped = data.skip !== undefined || data.todo !== undefined
      const isFile = type === 'test:pass' && data.nesting === 0 && data.name === data.file
      if (isFile) continue
      const outcome = isSkipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed'
      counts[outcome] += 1
      const file = files.get(data.file) ?? { passed: 0, failed: 0, skipped: 0, ms: 0 }
      file[outcome] += 1
      file.ms += data.details?.duration_ms ?? 0
      files.set(data.file, file)
      if (isSkipped) counts.notRun.push(data.name)
      if (outcome === 'failed') yield failure(data)
    } else if (type === 'test:summary' && data.file !== undefined) {
      const file = files.get(data.file)
      if (file !== undefined) yield line(data.file, file)
    } else if (type === 'test:stderr') {
      yield data.message
    }
  }
  yield `@counts ${JSON.stringify(counts)}\n`
}

function line(path, { passed, failed, skipped, ms }) {
  const rest = `${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`
  const mark = failed > 0 ? '✖' : '✔'
  return `  ${mark} ${relative(process.cwd(), path)}: ${passed} passed${rest} (${Math.round(ms)} ms)\n`
}

function failure(data) {
  const cause = data.details.error?.cause ?? data.details.error
  const text = cause?.stack ?? String(cause)
  return `\n✖ ${data.name}\n  ${relative(process.cwd(), data.file ?? '')}:${data.line}\n${indent(text)}\n\n`
}

const indent = (text) => text.replaceAll(/^/gm, '    ')
