import type { ConversationStatus } from '@parley/contract/conversation.ts'
import type { DeliveryState } from '@parley/contract/delivery.ts'
import type { HostEventQuery } from '@parley/contract/host-event.ts'
import type { MetaCallKind } from '@parley/contract/meta-call.ts'

/** What the list of conversations shows; kept in the URL. */
export type InboxFilter = {
  status?: ConversationStatus | undefined
  connection?: string | undefined
  tenant?: string | undefined
}

/** What the log of Meta's calls shows. */
export type CallFilter = MetaCallKind | 'refused'

/** What the events of an endpoint show. */
export type TellingState = NonNullable<HostEventQuery['state']>

/** What the audit log shows. */
export type AuditFilter = {
  action?: string | undefined
  actor?: string | undefined
  subject?: string | undefined
}

/** Route patterns, as the router knows them. */
export const patterns = {
  home: '/',
  signIn: '/sign-in',
  welcome: '/welcome/$link',
  inbox: '/inbox',
  conversation: '/inbox/$conversationId',
  connections: '/connections',
  automation: '/connections/$connectionId/automation',
  deliveries: '/deliveries',
  delivery: '/deliveries/$deliveryId',
  settings: '/settings',
  doctor: '/settings/doctor',
  endpoints: '/settings/endpoints',
  endpoint: '/settings/endpoints/$endpointId',
  apiKeys: '/settings/api-keys',
  tenants: '/settings/tenants',
  tenant: '/settings/tenants/$tenantId',
  alerts: '/settings/alerts',
  audit: '/settings/audit',
  encryption: '/settings/encryption',
} as const

/** Every page of the dashboard, ready to be spread into a link or handed to `navigate`. */
export const paths = {
  signIn: (from?: string) =>
    ({ to: patterns.signIn, search: from === undefined ? {} : { from } }) as const,
  inbox: (search: InboxFilter = {}) => ({ to: patterns.inbox, search }) as const,
  conversation: (
    conversationId: string,
    search: InboxFilter & { details?: '1' | undefined } = {},
  ) => ({ to: patterns.conversation, params: { conversationId }, search }) as const,
  connections: (search: { disconnect?: string; confirming?: string } = {}) =>
    ({ to: patterns.connections, search }) as const,
  automation: (connectionId: string) =>
    ({ to: patterns.automation, params: { connectionId } }) as const,
  deliveries: (search: { state?: DeliveryState | undefined } = {}) =>
    ({ to: patterns.deliveries, search }) as const,
  delivery: (deliveryId: string) => ({ to: patterns.delivery, params: { deliveryId } }) as const,
  settings: () => ({ to: patterns.settings }) as const,
  doctor: (search: { show?: CallFilter | undefined } = {}) =>
    ({ to: patterns.doctor, search }) as const,
  endpoints: () => ({ to: patterns.endpoints }) as const,
  endpoint: (endpointId: string, search: { state?: TellingState | undefined } = {}) =>
    ({ to: patterns.endpoint, params: { endpointId }, search }) as const,
  apiKeys: () => ({ to: patterns.apiKeys }) as const,
  tenants: () => ({ to: patterns.tenants }) as const,
  tenant: (tenantId: string) => ({ to: patterns.tenant, params: { tenantId } }) as const,
  alerts: (search: { state?: 'resolved' | undefined } = {}) =>
    ({ to: patterns.alerts, search }) as const,
  encryption: () => ({ to: patterns.encryption }) as const,
  audit: (search: AuditFilter = {}) => ({ to: patterns.audit, search }) as const,
}

type Query = Readonly<Record<string, string | number | undefined>>

function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) params.set(name, String(value))
  }
  const text = params.toString()
  return text === '' ? path : `${path}?${text}`
}

const one = (list: string, id: string, rest = ''): string =>
  `/v1/${list}/${encodeURIComponent(id)}${rest}`

/** Every address of the server's API this dashboard calls. */
export const api = {
  me: () => '/v1/me',
  welcome: () => '/v1/welcome',
  signIn: () => '/auth/sign-in/email',
  signOut: () => '/auth/sign-out',
  stream: () => '/v1/stream',
  connections: (query: Query) => withQuery('/v1/connections', query),
  connection: (id: string) => one('connections', id),
  confirm: (id: string) => one('connections', id, '/confirm'),
  refresh: (id: string) => one('connections', id, '/refresh'),
  check: (id: string) => one('connections', id, '/check'),
  automation: (id: string) => one('connections', id, '/automation'),
  connectSessions: () => '/v1/connect-sessions',
  /** A page, not a call: the browser goes there and comes back to `returnUrl`. */
  connect: (query: {
    tenantId: string
    returnUrl: string
    login?: string
    connectionId?: string
  }) => withQuery('/v1/instagram/connect', query),
  conversations: (query: Query) => withQuery('/v1/conversations', query),
  conversation: (id: string) => one('conversations', id),
  messages: (id: string, query: Query = {}) =>
    withQuery(one('conversations', id, '/messages'), query),
  conversationAct: (id: string, act: 'takeover' | 'resume' | 'close' | 'seen' | 'typing') =>
    one('conversations', id, `/${act}`),
  alerts: (query: Query) => withQuery('/v1/alerts', query),
  deliveries: (query: Query) => withQuery('/v1/deliveries', query),
  delivery: (id: string) => one('deliveries', id),
  replay: (id: string) => one('deliveries', id, '/replay'),
  person: (conversationId: string) => one('conversations', conversationId, '/person'),
  doctor: () => '/v1/doctor',
  verifyToken: () => '/v1/doctor/verify-token',
  metaCalls: (query: Query) => withQuery('/v1/meta-calls', query),
  endpoints: (query: Query = {}) => withQuery('/v1/host-endpoints', query),
  endpoint: (id: string) => one('host-endpoints', id),
  rollSecret: (id: string) => one('host-endpoints', id, '/roll-secret'),
  hostEvents: (query: Query) => withQuery('/v1/host-events', query),
  replayEvent: (id: string) => one('host-events', id, '/replay'),
  apiKeys: (query: Query = {}) => withQuery('/v1/api-keys', query),
  apiKey: (id: string) => one('api-keys', id),
  tenants: (query: Query) => withQuery('/v1/tenants', query),
  tenant: (id: string) => one('tenants', id),
  /** A file, not a call: the browser saves it. */
  tenantExport: (id: string) => one('tenants', id, '/export'),
  erasure: (id: string) => one('erasures', id),
  encryptionKeys: () => '/v1/encryption-keys',
  audit: (query: Query) => withQuery('/v1/audit-log', query),
  /** A file, not a call: the browser saves it. */
  auditExport: (query: Query) => withQuery('/v1/audit-log/export', query),
}

/** Pages of Instagram a person can open beside the dashboard. */
export const instagram = {
  profile: (username: string) => `https://www.instagram.com/${encodeURIComponent(username)}/`,
  inbox: () => 'https://www.instagram.com/direct/inbox/',
}
