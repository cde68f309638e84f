-- Who uses Parley: tenants, their keys, what they connected, and the way there.
-- Every tenant-owned key leads with tenant_id, so the tables can be sharded by tenant.

create table tenants (
  id text primary key,
  name text not null,
  return_urls text[] not null default '{}',
  contact_email text,
  timezone text not null,
  capabilities text[],
  default_automation jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- Data keys, wrapped by a master key. `owner` is 'tenant:<id>' or 'inbox' (deliveries whose tenant is not known yet).
create table data_keys (
  owner text not null,
  version integer not null,
  wrapped text not null,
  created_at timestamptz not null,
  primary key (owner, version)
);

create table connections (
  tenant_id text not null references tenants (id),
  id uuid not null,
  account_id text not null,
  app_scoped_id text,
  status text not null check (status in ('pending', 'active', 'needs_reauth', 'revoked', 'disconnected')),
  reason text,
  checked_at timestamptz,
  username text,
  name text,
  picture_url text,
  account_type text,
  asked_capabilities text[] not null,
  webhook_subscribed boolean not null default false,
  webhook_fields text[] not null default '{}',
  webhook_checked_at timestamptz,
  self_test jsonb,
  connected_at timestamptz,
  last_event_at timestamptz,
  last_message_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, account_id)
);
-- The one global key: an account lives in one tenant only. A candidate never blocks it; needs_reauth still holds it.
create unique index connections_live_account on connections (account_id) where status in ('active', 'needs_reauth');
create index connections_by_id on connections (id);
-- Lists show the newest first.
create index connections_by_age on connections (created_at, id);

-- One login's credential for a connection. A pending grant is a candidate that waits for its confirmation.
create table grants (
  tenant_id text not null,
  id uuid not null,
  connection_id uuid not null,
  login text not null check (login in ('instagram', 'facebook')),
  status text not null check (status in ('pending', 'active', 'needs_reauth', 'revoked', 'disconnected')),
  reason text,
  app_id text not null,
  -- compact JWE under the tenant's key; null once destroyed
  sealed_token text,
  -- facebook: the long-lived user token the page token came from
  sealed_user_token text,
  -- the one-hour token is in hand and the long exchange is still to be repeated
  short_lived boolean not null default false,
  token_user_id text,
  page_id text,
  scopes text[] not null,
  declined_scopes text[] not null default '{}',
  asked_capabilities text[] not null default '{}',
  issued_at timestamptz not null,
  refreshed_at timestamptz,
  next_refresh_at timestamptz,
  expires_at timestamptz,
  expiry text not null check (expiry in ('known', 'never', 'unknown')),
  data_access_expires_at timestamptz,
  checked_at timestamptz,
  -- what Meta refused although the scope is there: {"messages": {"reason": "…", "at": "…"}}
  blocks jsonb not null default '{}',
  -- single flight of refreshes and of repeated exchanges
  lease_owner text,
  lease_until timestamptz,
  fence bigint not null default 0,
  -- candidates only
  confirmation text check (confirmation in ('return', 'host')),
  confirm_hash text,
  confirm_until timestamptz,
  candidate_until timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);
create unique index grants_one_per_login on grants (tenant_id, connection_id, login)
  where status in ('active', 'needs_reauth', 'revoked');
create index grants_by_connection on grants (tenant_id, connection_id);
create index grants_candidates on grants (candidate_until) where status = 'pending';
-- A webhook of a page may name the page instead of the account.
create index grants_by_page on grants (page_id) where status in ('active', 'needs_reauth');

-- A connect link. Only hashes of what travels: the link's secret and the browser it was bound to.
create table connect_sessions (
  tenant_id text not null references tenants (id),
  id uuid not null,
  link_hash text not null,
  login text,
  return_url text,
  connection_id uuid,
  account_id text,
  page_id text,
  capabilities text[] not null,
  confirmation text not null check (confirmation in ('none', 'return', 'host')),
  -- with a user JWT and a named login the page step is skipped: opening `url` leads straight to Meta
  direct boolean not null default false,
  created_by text not null,
  browser_hash text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id)
);
create index connect_sessions_by_link on connect_sessions (link_hash);

-- One trip to Meta and back. Consumed by one atomic statement.
create table oauth_states (
  tenant_id text not null,
  id uuid not null,
  session_id uuid not null,
  state_hash text not null,
  login text not null,
  app_id text not null,
  redirect_uri text not null,
  cookie_name text not null,
  browser_hash text not null,
  sealed_verifier text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  -- the picker: pages the person may choose from, and the token that found them, until chosen
  sealed_token text,
  found jsonb,
  pick_until timestamptz,
  picked_at timestamptz,
  -- what came of it
  connection_id uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, session_id) references connect_sessions (tenant_id, id)
);
create index oauth_states_by_hash on oauth_states (state_hash);
create index oauth_states_by_id on oauth_states (id);

create table api_keys (
  id uuid primary key,
  -- null: not bound to one tenant
  tenant_id text references tenants (id),
  name text not null,
  key_hash text not null unique,
  scopes text[] not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);

-- What an operator may see: one tenant, or all (null). Operators themselves live in schema auth.
create table memberships (
  operator_id text not null,
  tenant_id text references tenants (id),
  role text not null check (role in ('owner', 'admin', 'agent')),
  created_at timestamptz not null
);
create unique index memberships_once on memberships (operator_id, coalesce(tenant_id, ''));

-- One-time links that create or sign in an operator.
create table sign_in_links (
  link_hash text primary key,
  role text not null,
  tenant_id text references tenants (id),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table idempotent_answers (
  -- who asked, so that one caller's key never meets another's
  caller text not null,
  key text not null,
  tenant_id text,
  body_hash text not null,
  status integer,
  sealed_answer bytea,
  created_at timestamptz not null,
  primary key (caller, key)
);

-- Rows hold ids, never content. `seq` and `hash` are written later by one task.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  tenant_id text,
  subject_id text,
  purpose text,
  address text,
  request_id text,
  detail jsonb,
  seq bigint,
  hash text
);
create index audit_log_by_tenant on audit_log (tenant_id, id);
