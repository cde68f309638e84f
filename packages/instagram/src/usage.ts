import { isRecord, numberOf } from './read-field.ts'
import type { HttpResponse } from './http-port.ts'

/** How much of Meta's allowance is used up. */
export interface Usage {
  /** The fullest of all reported meters, 0 to 100 and beyond. */
  readonly percent: number
  /** Minutes until calls are taken again; 0 while nothing is blocked. */
  readonly regainMinutes: number
}

/**
 * Reads `X-App-Usage` and `X-Business-Use-Case-Usage`, both JSON in a header.
 * Source: /docs/graph-api/overview/rate-limiting, read 2026-11-20.
 *
 * @returns `undefined` when Meta sent neither, which is usual for little traffic.
 */
export function readUsage(headers: HttpResponse['headers']): Usage | undefined {
  const app = headers['x-app-usage']
  const business = headers['x-business-use-case-usage']
  if (app === undefined && business === undefined) return undefined

  let percent = 0
  let regainMinutes = 0
  for (const meter of [...metersOf(app), ...metersOf(business)]) {
    for (const name of ['call_count', 'total_time', 'total_cputime']) {
      percent = Math.max(percent, numberOf(meter[name]) ?? 0)
    }
    regainMinutes = Math.max(regainMinutes, numberOf(meter['estimated_time_to_regain_access']) ?? 0)
  }
  return { percent, regainMinutes }
}

/** The fullest meter of each header, in percent; undefined: it was not sent. */
export interface Meters {
  /** Of the whole app. */
  readonly appPercent: number | undefined
  /** Of the object the call was about. */
  readonly accountPercent: number | undefined
}

/** The two headers of `readUsage` apart. */
export function readMeters(headers: HttpResponse['headers']): Meters {
  const fullest = (header: string): number | undefined =>
    headers[header] === undefined ? undefined : readUsage({ [header]: headers[header] })?.percent
  return {
    appPercent: fullest('x-app-usage'),
    accountPercent: fullest('x-business-use-case-usage'),
  }
}

/** The app header is one meter; the business one maps objects to lists of meters. */
function metersOf(header: string | readonly string[] | undefined): Record<string, unknown>[] {
  if (typeof header !== 'string') return []
  const value = parseHeader(header)
  if (!isRecord(value)) return []
  return [value, ...Object.values(value).flat().filter(isRecord)]
}

function parseHeader(header: string): unknown {
  try {
    return JSON.parse(header)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
