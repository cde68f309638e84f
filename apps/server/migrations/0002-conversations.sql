-- The way of a message: deliveries, people, conversations, messages, turns, parts, lanes.

-- One POST from Meta, one row; a body with several tenants' entries becomes one row (`part`) per tenant.
-- The stored row is the job: workers claim rows in state 'stored'.
create table deliveries (
  id uuid not null,
  part smallint not null default 0,
  -- null until processed, and for bodies nobody owns
  tenant_id text,
  received_at timestamptz not null,
  signed_with text not null,
  bytes integer not null,
  -- under the inbox key until the owner is known, then under the tenant's; null once deleted
  sealed bytea,
  state text not null check (state in ('stored', 'processed', 'partly_understood', 'not_understood')),
  attempts smallint not null default 0,
  lease_owner text,
  retry_at timestamptz,
  primary key (id, part)
);
create index deliveries_waiting on deliveries (received_at) where state = 'stored';
create index deliveries_by_tenant on deliveries (tenant_id, received_at desc, id, part);

create table delivery_events (
  delivery_id uuid not null,
  part smallint not null,
  n smallint not null,
  tenant_id text,
  kind text not null,
  outcome text not null check (outcome in ('stored', 'duplicate', 'unknown_account', 'not_understood', 'test', 'ignored')),
  conversation_id uuid,
  mid text,
  detail text,
  primary key (delivery_id, part, n)
);

create table people (
  tenant_id text not null,
  connection_id uuid not null,
  igsid text not null,
  username text,
  name text,
  picture_url text,
  -- when the profile is to be read next; null: read, or not to be had
  profile_due_at timestamptz,
  profile_state text,
  first_seen_at timestamptz not null,
  primary key (tenant_id, connection_id, igsid)
);
create index people_profile_due on people (profile_due_at) where profile_due_at is not null;

create table conversations (
  tenant_id text not null,
  id uuid not null,
  connection_id uuid not null,
  igsid text not null,
  mode text not null default 'automated' check (mode in ('automated', 'human', 'closed')),
  -- why a human has it: 'handover', 'operator', 'instagram_app', an error code
  mode_reason text,
  paused_until timestamptz,
  -- Meta's time of the newest act of the person that opens the window
  window_opened_at timestamptz,
  -- + 1: a new answerable line
  line_epoch bigint not null default 0,
  -- + 1: unsend of an unanswered line, human line, takeover, resume, close
  stop_epoch bigint not null default 0,
  -- compact cipher: flow position and collected fields
  sealed_flow_state bytea,
  last_message_at timestamptz,
  -- the newest line, for the list's preview
  last_message_id uuid,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, connection_id, igsid)
);
create index conversations_by_id on conversations (id);
create index conversations_inbox on conversations (tenant_id, last_message_at desc, id);
create index conversations_inbox_connection on conversations (tenant_id, connection_id, last_message_at desc, id);

create table messages (
  tenant_id text not null,
  id uuid not null,
  seq bigint generated always as identity,
  connection_id uuid not null,
  conversation_id uuid not null,
  mid text,
  direction text not null check (direction in ('inbound', 'outbound')),
  author text not null check (author in ('person', 'automation', 'operator', 'host', 'instagram_app')),
  kind text not null,
  status text not null check (status in ('received', 'queued', 'sending', 'unknown', 'sent', 'failed', 'dropped')),
  error_code text,
  -- inbound: Meta's time; outbound: when it was written here
  at timestamptz not null,
  -- compact cipher over JSON: text, attachments, quick replies, reply_to, reactions; null once erased
  sealed bytea,
  turn_id uuid,
  -- inbound, answerable and not yet covered by an answer
  waiting boolean not null default false,
  -- outbound: is HUMAN_AGENT to be used
  human_agent boolean not null default false,
  num_edit integer not null default 0,
  seen_at timestamptz,
  edited_at timestamptz,
  deleted_at timestamptz,
  primary key (tenant_id, id)
);
create unique index messages_once on messages (tenant_id, connection_id, mid) where mid is not null;
create index messages_thread on messages (tenant_id, conversation_id, at, seq);
create index messages_waiting on messages (conversation_id, at, seq) where waiting;
create index messages_unsettled on messages (conversation_id, seq) where status in ('sending', 'unknown');

create table turns (
  tenant_id text not null,
  id uuid not null,
  conversation_id uuid not null,
  line_epoch bigint not null,
  stop_epoch bigint not null,
  state text not null check (state in ('decided', 'done', 'dropped', 'failed')),
  drops smallint not null default 0,
  -- first waiting line of the turn: drops are counted from it
  first_line_at timestamptz not null,
  sealed_flow_before bytea,
  decided_at timestamptz not null,
  primary key (tenant_id, id)
);
create index turns_by_conversation on turns (conversation_id, decided_at desc);

-- One row per outbound message that is not settled yet; removed when it is.
create table outbound_parts (
  message_id uuid primary key,
  tenant_id text not null,
  connection_id uuid not null,
  conversation_id uuid not null,
  turn_id uuid,
  -- order within the conversation
  n bigint generated always as identity,
  -- true for the first part of its turn
  first boolean not null,
  line_epoch bigint,
  stop_epoch bigint,
  fence bigint,
  attempt smallint not null default 0,
  tries smallint not null default 0,
  queued_at timestamptz not null,
  attempt_at timestamptz,
  next_at timestamptz not null,
  absent_reads smallint not null default 0,
  first_absent_at timestamptz
);
create index outbound_parts_by_conversation on outbound_parts (conversation_id, n);

-- One row per conversation with work: the lane. Claimed with skip locked, leased by live workers.
create table lanes (
  conversation_id uuid primary key,
  tenant_id text not null,
  connection_id uuid not null,
  wanted bigint not null default 0,
  ready_at timestamptz,
  lease_owner text,
  fence bigint not null default 0,
  failures smallint not null default 0,
  parked text,
  parked_at timestamptz
);
create index lanes_ready on lanes (ready_at) where ready_at is not null and parked is null;

create table workers (
  id text primary key,
  seen_at timestamptz not null
);

-- Meta's limits per account, shared by every worker.
create table send_budgets (
  connection_id uuid primary key,
  refill_at timestamptz not null,
  tokens real not null,
  -- a circuit: nothing is sent before this time
  blocked_until timestamptz,
  failures smallint not null default 0
);

create table automations (
  tenant_id text not null,
  connection_id uuid not null,
  responder text check (responder in ('flow', 'agent', 'host')),
  quiet_ms integer not null,
  body jsonb not null,
  updated_at timestamptz not null,
  primary key (tenant_id, connection_id)
);
