import type { ApiHost } from '#world/faults.ts'
import type { Token } from '#world/tokens.ts'
import type { AppKind } from '#world/world.ts'
import type { Params } from './params.ts'

/** One call to one of the three API hosts, read and not yet judged. */
export type ApiCall = {
  host: ApiHost
  method: string
  /** `v25.0`, or null when the path carries none. */
  version: string | null
  /** The path without host and version. */
  segments: string[]
  query: URLSearchParams
  params: Params
  queryNames: string[]
  bodyNames: string[]
  accessToken: string | undefined
  /** The token of that text, alive or dead; undefined when Meta never made it. */
  token: Token | undefined
  /** Runs when the answer has left, or the connection is gone. */
  afterAnswer: (work: () => void) => void
}

/** A call that found its route. `ids` are the named parts of the path. */
export type GraphCall = ApiCall & { app: AppKind; ids: Record<string, string> }

export type GraphRoute = {
  method: string
  /** `/:node/messages`: a colon names a part. */
  path: string
  run: (call: GraphCall) => unknown
}
