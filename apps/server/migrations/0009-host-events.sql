-- What the host is told: where it listens, what happened, and what became of telling it.

create table host_endpoints (
  id uuid primary key,
  -- null: the operator's own, told of every tenant
  tenant_id text references tenants (id),
  url text not null,
  -- null: every event
  events text[],
  state text not null,
  disabled_reason text,
  disabled_at timestamptz,
  -- since when every delivery failed; null: the last one was taken
  failing_since timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- the row stays while deliveries name it
  deleted_at timestamptz
);
create index host_endpoints_active on host_endpoints (tenant_id) where state = 'active' and deleted_at is null;

-- The newest signs; those before it sign beside it until they expire.
create table host_endpoint_secrets (
  -- the endpoint's
  tenant_id text references tenants (id),
  endpoint_id uuid not null references host_endpoints (id),
  id uuid not null,
  -- under the tenant's key, the operator's own under the inbox key
  sealed bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (endpoint_id, id)
);

-- The outbox: written in the transaction of the fact. Ids sort by time.
create table host_events (
  tenant_id text not null,
  id uuid not null,
  connection_id uuid,
  type text not null,
  created_at timestamptz not null,
  -- the event's data, under the tenant's key
  sealed bytea not null,
  primary key (tenant_id, id)
);
create index host_events_by_id on host_events (id);

create sequence host_deliveries_order;

-- One event on its way to one endpoint. Of those with one order key the lowest pending number goes first.
create table host_deliveries (
  tenant_id text not null,
  event_id uuid not null,
  -- not a foreign key: every message would lock the same few endpoints
  endpoint_id uuid not null,
  -- a hash of the connection's id: evenly spread, so that a look from anywhere on is fair
  order_key uuid not null,
  seq bigint not null default nextval('host_deliveries_order'),
  -- 'pending', 'delivered' or 'failed'
  state text not null default 'pending',
  attempts smallint not null default 0,
  first_attempt_at timestamptz,
  last_attempt_at timestamptz,
  -- what the last attempt came to: an HTTP status, or a word
  last_result text,
  next_at timestamptz not null,
  lease_owner uuid,
  -- database time
  lease_until timestamptz,
  primary key (tenant_id, event_id, endpoint_id)
) with (fillfactor = 80);
create unique index host_deliveries_pending on host_deliveries (endpoint_id, order_key, seq) where state = 'pending';
