import type { STORES } from './stores.ts'

type Table = (typeof STORES)[keyof typeof STORES]['tables'][number]

/** What a line of an export is about; `audit` and `end` come besides. */
export type LineType =
  | 'tenant'
  | 'connection'
  | 'automation'
  | 'person'
  | 'conversation'
  | 'message'
  | 'turn'
  | 'delivery'
  | 'event'
  | 'endpoint'
  | 'alert'

/** In which lines of an export each table's rows are; null: in none. A new table has to say so here. */
export const EXPORTED: Readonly<Record<Table, LineType | null>> = {
  tenants: 'tenant',
  connections: 'connection',
  grants: 'connection',
  automations: 'automation',
  people: 'person',
  conversations: 'conversation',
  messages: 'message',
  turns: 'turn',
  deliveries: 'delivery',
  delivery_events: 'delivery',
  host_events: 'event',
  host_deliveries: 'event',
  host_endpoints: 'endpoint',
  alerts: 'alert',
  // Mails are made of their alert when they are sent, and not kept.
  notices: null,
  digests: null,
  // Secrets, and hashes of secrets.
  data_keys: null,
  host_endpoint_secrets: null,
  connect_sessions: null,
  oauth_states: null,
  imported_rows: null,
  // Who may reach the tenant here: this server's, not the tenant's.
  api_keys: null,
  memberships: null,
  sign_in_links: null,
  // Copies of what is in other lines, and what is under way.
  idempotent_answers: null,
  waiting_lines: null,
  outbound_parts: null,
  lanes: null,
  send_budgets: null,
  call_budgets: null,
  measures: null,
}
