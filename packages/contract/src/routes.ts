import type { ErrorCode } from './errors.ts'
import type { RouteEntry, RouteGroup } from './route-entry.ts'
import { accessGroup } from './routes/access.ts'
import { connectGroup } from './routes/connect.ts'
import { handOutGroup } from './routes/hand-out.ts'
import { conversationGroup } from './routes/conversations.ts'
import { hostEventGroup } from './routes/host-events.ts'
import { metaGroup } from './routes/meta.ts'
import { operatingGroup } from './routes/operating.ts'
import { privacyGroup } from './routes/privacy.ts'
import { serverGroup } from './routes/server.ts'
import { tenantGroup } from './routes/tenants.ts'

/** Every route of the server, in the order a newcomer meets them. */
export const routeGroups: readonly RouteGroup[] = [
  tenantGroup,
  connectGroup,
  handOutGroup,
  conversationGroup,
  metaGroup,
  privacyGroup,
  hostEventGroup,
  accessGroup,
  operatingGroup,
  serverGroup,
]

/** Every refusal a route can give: its own, then what follows from how it is called. */
export function errorsOf(route: RouteEntry): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>(route.errors)
  if (route.query !== undefined || route.body !== undefined) codes.add('http/invalid-fields')
  if (route.body !== undefined) {
    codes.add('http/invalid-json')
    codes.add('http/unsupported-media-type')
    codes.add('http/too-large')
  }
  if (route.path.startsWith('/v1/')) codes.add('auth/token-in-url')
  if (route.access.kind === 'scope' || route.access.kind === 'operator') {
    codes.add('auth/required')
    codes.add('auth/invalid-key')
    // What a bearer token turns out to be is known before it is known whether it may come here.
    codes.add('tenants/unknown')
    codes.add('auth/jwks-unavailable')
    // U+0000 in the address.
    codes.add('http/invalid-fields')
    codes.add('http/rate-limited')
    if (route.method !== 'GET') codes.add('auth/origin-not-allowed')
  }
  if (route.access.kind === 'scope') {
    codes.add('auth/scope-missing')
    if (route.method === 'POST') {
      codes.add('http/too-large')
      codes.add('http/idempotency-mismatch')
      codes.add('http/idempotency-busy')
    }
  }
  if (route.access.kind !== 'meta') codes.add('http/unavailable')
  return [...codes]
}
