-- The way of a message: deliveries, people, conversations, messages, turns, parts, lanes.

-- One POST from Meta, one row; a body with several tenants' entries becomes one row (`part`) per tenant.
-- The stored row is the job: workers take rows in state 'stored', locked for the length of one transaction.
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
  -- database time; an event that must wait for another one, or a batch that failed
  retry_at timestamptz,
  primary key (id, part)
);
create index deliveries_waiting on deliveries (id) where state = 'stored';
create index deliveries_by_tenant on deliveries (tenant_id, id);
create index deliveries_unowned on deliveries (received_at) where tenant_id is null;

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
create index delivery_events_missing on delivery_events (delivery_id, part, n)
  where kind = 'edit_companion' and detail = 'its message is missing';

create table people (
  tenant_id text not null,
  connection_id uuid not null,
  igsid text not null,
  username text,
  name text,
  picture_url text,
  -- when the profile is to be read next; null: read, or not to be had
  profile_due_at timestamptz,
  profile_tries smallint not null default 0,
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
  -- why a human has it: 'handover', 'operator', 'instagram_app', or an error code
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
  -- the newest line's time, up to 15 seconds behind: moving it moves an entry in every index of this table
  last_message_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, connection_id, igsid)
) with (fillfactor = 80);
create index conversations_by_id on conversations (id);
create index conversations_inbox_all on conversations (last_message_at desc, id desc);
create index conversations_inbox on conversations (tenant_id, last_message_at desc, id desc);
create index conversations_inbox_connection on conversations (connection_id, last_message_at desc, id desc);
create index conversations_paused on conversations (paused_until) where paused_until is not null;

create table messages (
  tenant_id text not null,
  id uuid not null,
  seq bigint generated always as identity,
  connection_id uuid not null,
  conversation_id uuid not null,
  -- Meta's id; for what Meta gives none, a derived key with a colon in it
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
  num_edit integer not null default 0,
  seen_at timestamptz,
  edited_at timestamptz,
  deleted_at timestamptz,
  primary key (tenant_id, id)
) with (fillfactor = 90);
create unique index messages_once on messages (tenant_id, connection_id, mid) where mid is not null;
-- Not led by tenant_id: a look-up by (tenant_id, id) must never be planned onto it while the table is young.
create index messages_thread on messages (conversation_id, at, seq);

-- Lines of a person that no decided answer covers yet. A row leaves with the turn that answers it,
-- and comes back when that answer is dropped before its first part left.
create table waiting_lines (
  conversation_id uuid not null,
  message_id uuid not null,
  tenant_id text not null,
  at timestamptz not null,
  seq bigint not null,
  -- our clock: quiet time counts from it
  received_at timestamptz not null,
  primary key (conversation_id, message_id)
);

create table turns (
  tenant_id text not null,
  id uuid not null,
  conversation_id uuid not null,
  line_epoch bigint not null,
  stop_epoch bigint not null,
  -- messages this turn answers
  lines uuid[] not null,
  -- 'decided' stands; it is done when none of its messages is under way
  state text not null check (state in ('decided', 'dropped', 'failed')),
  sealed_flow_before bytea,
  decided_at timestamptz not null,
  primary key (tenant_id, id)
);

-- One row per outbound message that is not settled yet; removed when it is. The message row has its status.
create table outbound_parts (
  conversation_id uuid not null,
  n bigint generated always as identity,
  message_id uuid not null,
  tenant_id text not null,
  connection_id uuid not null,
  -- null: written by an operator or the host
  turn_id uuid,
  -- first part of its turn: a newer line may still drop the answer
  is_first boolean not null,
  line_epoch bigint,
  stop_epoch bigint,
  human_agent boolean not null default false,
  -- the lane's fence while sending
  fence bigint,
  tries smallint not null default 0,
  queued_at timestamptz not null,
  attempt_at timestamptz,
  next_at timestamptz not null,
  absent_reads smallint not null default 0,
  first_absent_at timestamptz,
  primary key (conversation_id, n)
);

-- One row per conversation that ever had work: the lane. Claimed with skip locked, leased by live workers.
create table lanes (
  conversation_id uuid primary key,
  tenant_id text not null,
  connection_id uuid not null,
  wanted bigint not null default 0,
  -- database time; null: nothing to do
  ready_at timestamptz,
  lease_owner text,
  fence bigint not null default 0,
  failures smallint not null default 0,
  -- answers dropped for newer lines since the last one that left
  drops smallint not null default 0,
  parked text,
  parked_at timestamptz
) with (fillfactor = 80);
create index lanes_ready on lanes (ready_at) where ready_at is not null and parked is null;

create table workers (
  id text primary key,
  seen_at timestamptz not null
);

-- Meta's send limit per account, shared by every worker.
create table send_budgets (
  connection_id uuid primary key,
  refill_at timestamptz not null,
  tokens real not null
) with (fillfactor = 50);

create table automations (
  tenant_id text not null,
  connection_id uuid not null,
  body jsonb not null,
  updated_at timestamptz not null,
  primary key (tenant_id, connection_id)
);
