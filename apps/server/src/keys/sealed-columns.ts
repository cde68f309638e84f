/**
 * Every sealed column there is. A rotation walks these and no others, so a migration that adds one adds it here; a test
 * compares the list with the database. All names are constants of this file: they become part of statements.
 */
export type SealedColumn = {
  readonly table: string
  readonly column: string
  /** `cipher`: `ports/cipher.ts`, a bytea. `jwe`: a token's compact JWE, a text. */
  readonly format: 'cipher' | 'jwe'
  /** What the key of a row is besides `tenant_id`, with the value below all others. */
  readonly key: readonly { readonly name: string; readonly type: string; readonly least: string }[]
  /**
   * How one owner's rows are found: `tenant_id` leads the primary key, or an index; or they are not, and the whole table
   * is walked. Where it does not lead the primary key it may be null: such a row is the inbox's.
   */
  readonly tenants: 'lead' | 'indexed' | 'walked'
  /** The value's place, as it was sealed: `row` is an expression of SQL. */
  readonly place: { readonly table: string; readonly row: string; readonly column: string }
  /** How many rows are read at once, where values may be large. */
  readonly pageRows?: number
  /** Tokens only: what the audit line of an unsealing names. */
  readonly subject?: string
}

const LEAST_UUID = '00000000-0000-0000-0000-000000000000'
const byId = [{ name: 'id', type: 'uuid', least: LEAST_UUID }] as const

const token = (table: string, column: string, subject: string): SealedColumn => ({
  table,
  column,
  format: 'jwe',
  key: byId,
  tenants: 'lead',
  place: { table, row: 'id::text', column },
  subject,
})

export const sealedColumns: readonly SealedColumn[] = [
  token('grants', 'sealed_token', 'connection_id'),
  token('grants', 'sealed_user_token', 'connection_id'),
  token('oauth_states', 'sealed_verifier', 'session_id'),
  token('oauth_states', 'sealed_token', 'session_id'),
  {
    table: 'conversations',
    column: 'sealed_flow_state',
    format: 'cipher',
    key: byId,
    tenants: 'lead',
    place: { table: 'conversations', row: 'id::text', column: 'sealed_flow_state' },
  },
  {
    // The conversation's state as it was: taken back with its place when an answer is dropped.
    table: 'turns',
    column: 'sealed_flow_before',
    format: 'cipher',
    key: byId,
    tenants: 'lead',
    place: { table: 'conversations', row: 'conversation_id::text', column: 'sealed_flow_state' },
  },
  {
    table: 'messages',
    column: 'sealed',
    format: 'cipher',
    key: byId,
    tenants: 'lead',
    place: { table: 'messages', row: 'id::text', column: 'sealed' },
  },
  {
    table: 'deliveries',
    column: 'sealed',
    format: 'cipher',
    key: [...byId, { name: 'part', type: 'smallint', least: '-1' }],
    tenants: 'indexed',
    pageRows: 50,
    place: { table: 'deliveries', row: `id::text || '/' || part`, column: 'sealed' },
  },
  {
    table: 'host_events',
    column: 'sealed',
    format: 'cipher',
    key: byId,
    tenants: 'lead',
    place: { table: 'host_events', row: 'id::text', column: 'sealed' },
  },
  {
    table: 'host_endpoint_secrets',
    column: 'sealed',
    format: 'cipher',
    key: [{ name: 'endpoint_id', type: 'uuid', least: LEAST_UUID }, ...byId],
    tenants: 'walked',
    place: { table: 'host_endpoint_secrets', row: 'id::text', column: 'sealed' },
  },
  {
    table: 'idempotent_answers',
    column: 'sealed_answer',
    format: 'cipher',
    key: [
      { name: 'caller', type: 'text', least: '' },
      { name: 'key', type: 'text', least: '' },
    ],
    tenants: 'walked',
    place: { table: 'idempotent_answers', row: `caller || ' ' || key`, column: 'sealed_answer' },
  },
]
