import type { Finding } from '@parley/contract/doctor.ts'
import { withPorts } from './with-ports.ts'
import type { Config } from '#config.ts'
import { runDoctor } from '#operating/run-doctor.ts'
import { readCertificate } from '#ports/certificate.ts'
import { createMetaHttp } from '#ports/meta-http.ts'

const MARKS = { ok: '✔', warning: '!', problem: '✖', unknown: '?' } as const

/** @returns whether nothing is wrong. */
export async function doctor(
  config: Config,
  options: { readonly json?: boolean },
  print: (text: string) => void,
): Promise<boolean> {
  const http = createMetaHttp()
  const findings = await withPorts(
    config,
    async (ports) => await runDoctor(ports, { http, readCertificate }),
  )
  if (options.json === true) print(JSON.stringify(findings))
  else for (const finding of findings) print(linesOf(finding))
  return findings.every(({ state }) => state !== 'problem')
}

function linesOf({ check, state, message, fix }: Finding): string {
  const line = `${MARKS[state]} ${check}: ${message}`
  return fix === null ? line : `${line}\n  → ${fix}`
}
