import type { Finding } from '@parley/contract/doctor.ts'
import { explainFailure } from './explain-failure.ts'
import { graphOf } from './open-ports.ts'
import { withPorts } from './with-ports.ts'
import type { Config } from '#config.ts'
import { found } from '#operating/findings.ts'
import { lookInside, lookOutside } from '#operating/run-doctor.ts'
import { readCertificate } from '#ports/certificate.ts'
import { systemClock } from '#ports/clock.ts'
import { createMetaHttp } from '#ports/meta-http.ts'

const MARKS = { ok: '✔', warning: '!', problem: '✖', unknown: '?' } as const

/** @returns whether nothing is wrong. */
export async function doctor(
  config: Config,
  options: { readonly json?: boolean },
  print: (text: string) => void,
): Promise<boolean> {
  const http = createMetaHttp()
  const settings = { config, clock: systemClock, graph: graphOf(config, { http }) }
  const findings = [
    ...(await inside(config)),
    ...(await lookOutside(settings, { http, readCertificate })),
  ]
  if (options.json === true) print(JSON.stringify(findings))
  else for (const finding of findings) print(linesOf(finding))
  return findings.every(({ state }) => state !== 'problem')
}

/** A database that cannot be used is a finding: the rest is looked at all the same. */
async function inside(config: Config): Promise<Finding[]> {
  try {
    return await withPorts(config, lookInside)
  } catch (error) {
    const sentence = explainFailure(error, { ...config, metricsPort: config.metricsPort ?? 0 })
    if (sentence === undefined) throw error
    const [message = sentence, ...steps] = sentence.split(/(?<=\.) /)
    return [found('problem', 'database', message, steps.join(' '))]
  }
}

function linesOf({ check, state, message, fix }: Finding): string {
  const line = `${MARKS[state]} ${check}: ${message}`
  return fix === null ? line : `${line}\n  → ${fix}`
}
