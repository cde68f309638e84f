import { lifeOfVersion, NEWEST_VERSION } from '@parley/instagram/graph-versions.ts'
import { found, ok } from './findings.ts'
import type { Finding } from '@parley/contract/doctor.ts'

/** Is the version of Meta's API served, and for how long yet? */
export function checkVersion(version: string, nowMs: number): Finding {
  const check = 'Graph version'
  const fix = `GRAPH_API_VERSION=${NEWEST_VERSION}`
  const life = lifeOfVersion(version, nowMs)
  switch (life.state) {
    case 'fine':
      return ok(
        check,
        `${version} is served ${life.endsOn === null ? 'on' : `until ${life.endsOn}`}.`,
      )
    case 'ending':
      return found('warning', check, `${version} ends on ${life.endsOn}.`, fix, fix)
    case 'gone':
      return found('problem', check, `${version} ended on ${life.endsOn}.`, fix, fix)
    case 'unknown':
      return found('unknown', check, `${version} is not known here.`, fix, fix)
  }
}
