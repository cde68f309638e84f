-- Forgetting: what Meta, a tenant or a person asked to be erased, how far it is, and how long things are kept.

-- How many days; null: for as long as the tenant is there.
alter table tenants add column retention_messages_days integer check (retention_messages_days > 0);
alter table tenants add column retention_deliveries_days integer check (retention_deliveries_days > 0);
-- Set from the moment the tenant's erasure was asked for: it is unknown to everybody but the job that erases it.
alter table tenants add column erasing_at timestamptz;

-- Meta names whom a callback is about by these.
create index connections_by_app_scoped_id on connections (app_scoped_id) where app_scoped_id is not null;
create index grants_by_token_user on grants (token_user_id) where token_user_id is not null;

-- A signed request acts once: hashes of those that did.
create table signed_requests (
  hash text primary key,
  received_at timestamptz not null
);

-- One erasure. The stored row is the job; it outlives what it erased, and holds none of it.
create table data_deletions (
  id uuid primary key,
  -- what the receipt is asked for with
  code text not null unique,
  kind text not null,
  -- a keyed hash of whom Meta named, so that the same person gets the same code; null for the others
  subject_hash text,
  tenant_id text,
  -- of a person's erasure: the conversation
  subject_id uuid,
  requested_by text not null,
  requested_at timestamptz not null,
  -- transactions older than this may still write what is to be erased; erasing begins when they are over
  barrier xid8,
  lease_until timestamptz,
  finished_at timestamptz
);
create index data_deletions_open on data_deletions (requested_at) where finished_at is null;
create index data_deletions_by_subject on data_deletions (subject_hash) where subject_hash is not null;
create index data_deletions_by_tenant on data_deletions (tenant_id, id) where tenant_id is not null;

-- One store of one erasure, in the order they are worked.
create table data_deletion_steps (
  deletion_id uuid not null references data_deletions (id),
  n integer not null,
  tenant_id text not null,
  connection_id uuid,
  conversation_id uuid,
  store text not null,
  -- where the next batch begins
  position text,
  deleted bigint not null default 0,
  done_at timestamptz,
  primary key (deletion_id, n)
);
