import type { AppKind } from '#world/world.ts'
import type { ApiCall, GraphCall, GraphRoute } from './graph-call.ts'
import { missingObject, refusal } from './refusals.ts'

const VERSION_OLDEST = 21
const VERSION_NEWEST = 26

/** Finds the route of a call. Unknown paths answer 2500, with HTTP 500 on graph.instagram.com. */
export function dispatch(routes: readonly GraphRoute[], app: AppKind, call: ApiCall): unknown {
  checkVersion(call)
  let knowsPath = false
  for (const route of routes) {
    const ids = match(route.path, call.segments)
    if (!ids) continue
    knowsPath = true
    if (route.method === call.method) {
      const graphCall: GraphCall = { ...call, app, ids }
      return route.run(graphCall)
    }
  }
  if (knowsPath) throw missingObject(call.segments[0] ?? '', call.method)
  throw refusal(2500, {
    message: `Unknown path components: /${call.segments.slice(1).join('/')}`,
    status: app === 'instagram' ? 500 : 400,
  })
}

/** Versions that are gone are served by the oldest living one; ones that never were are an error. */
function checkVersion(call: ApiCall): void {
  if (call.version === null) return
  const major = Number(call.version.slice(1).split('.')[0])
  if (major > VERSION_NEWEST) {
    throw refusal(2500, { message: `Unknown path components: /${call.version}`, status: 400 })
  }
  if (major < VERSION_OLDEST) call.version = `v${VERSION_OLDEST}.0`
}

function match(path: string, segments: string[]): Record<string, string> | undefined {
  const parts = path.split('/').slice(1)
  if (parts.length !== segments.length) return undefined
  const ids: Record<string, string> = {}
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? ''
    if (part.startsWith(':')) ids[part.slice(1)] = segment
    else if (part !== segment) return undefined
  }
  return ids
}
