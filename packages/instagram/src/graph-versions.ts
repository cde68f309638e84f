const HALF_YEAR_MS = 180 * 24 * 60 * 60 * 1000

/**
 * When a version stops answering; null: Meta has not said. A version lives two years after its successor came.
 * Source: /docs/graph-api/changelog/versions, read 2026-11-20.
 */
const ENDS: Readonly<Record<string, string | null>> = {
  'v26.0': null,
  'v25.0': '2028-07-29',
  'v24.0': '2028-02-18',
  'v23.0': '2027-10-08',
  'v22.0': '2027-05-20',
  'v21.0': '2027-01-21',
  'v20.0': '2026-09-24',
}

/** The newest version this table knows. */
export const NEWEST_VERSION = 'v26.0'

export type VersionLife =
  | { readonly state: 'fine' | 'ending' | 'gone'; readonly endsOn: string | null }
  | { readonly state: 'unknown' }

/** How long a version of the Graph API goes on. `ending`: within half a year. */
export function lifeOfVersion(version: string, nowMs: number): VersionLife {
  const endsOn = ENDS[version]
  if (endsOn === undefined) return { state: 'unknown' }
  if (endsOn === null) return { state: 'fine', endsOn }
  const leftMs = Date.parse(endsOn) - nowMs
  if (leftMs <= 0) return { state: 'gone', endsOn }
  return { state: leftMs <= HALF_YEAR_MS ? 'ending' : 'fine', endsOn }
}
